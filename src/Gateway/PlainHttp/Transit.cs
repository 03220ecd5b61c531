using Microsoft.AspNetCore.Http;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Steps;
using Sluice.Gateway.Upstreams;
using Sluice.Gateway.Usage;
using Sluice.Kernel.Journal;
using Yarp.ReverseProxy.Forwarder;

namespace Sluice.Gateway.PlainHttp;

/// <summary>What a call on its way needs to be recorded with.</summary>
internal sealed record Recorder(Meter Meter, UsageJournal Journal, GatewayOptions Options, TimeProvider Time);

/// <summary>
/// One plain HTTP call on its way through the forwarder: what is copied, how long silence may last, and when it is
/// recorded.
/// </summary>
internal sealed class Transit : HttpTransformer, IDisposable
{
    private readonly Exchange _x;
    private readonly Entry _e;
    private readonly Recorder _recorder;
    private readonly ServiceConfig _config;
    private readonly Stream _clientBody;
    private readonly Lock _gate = new();
    private CancellationTokenSource _deadline = new();
    private ITimer? _checkpoints;
    private readonly Tally _delivered;
    private bool _ended;
    private bool _recorded;

    public Transit(Exchange x, Entry e, Recorder recorder)
    {
        (_x, _e, _recorder, _config) = (x, e, recorder, x.Service!.Config);
        _clientBody = x.Http.Response.Body;
        Upload = new UploadBody(x.Http.Request.Body, _config.RequestBytesMax, recorder.Meter.Digests, Moved);
        _delivered = new Tally(recorder.Meter.Digests);
    }

    public UploadBody Upload { get; }

    public Upstream Upstream { get; private set; } = null!;

    /// <summary>Whether a bad status of this attempt is kept from the client, because another upstream will be asked.</summary>
    public bool OthersLeft { get; private set; }

    /// <summary>Whether the headers of an answer came in this attempt.</summary>
    public bool Answered { get; private set; }

    /// <summary>Why an answer that came is not passed on; null when it is.</summary>
    public Withheld? Withheld { get; private set; }

    public bool TimedOut => _deadline.IsCancellationRequested;

    public CancellationToken Deadline => _deadline.Token;

    /// <summary>Bytes of the answer's body given to the client so far.</summary>
    public long Delivered => _delivered.Bytes;

    /// <summary>Whether the client was cut off because it took nothing of its answer for too long.</summary>
    public bool ClientStalled { get; private set; }

    /// <summary>Whether the call's record was written, or tried in vain: see <see cref="Entry.Refused"/>.</summary>
    public bool Ended => _ended;

    /// <summary>Begins an attempt.</summary>
    public void Begin(Upstream upstream, bool othersLeft)
    {
        (Upstream, OthersLeft, Answered, Withheld) = (upstream, othersLeft, false, null);
        _deadline.Dispose();
        _deadline = new CancellationTokenSource(_config.TimeoutMs);
    }

    /// <summary>Puts the response back into the state before the attempt.</summary>
    public void Undo()
    {
        _x.Http.Response.Body = _clientBody;
        _x.Http.Response.Clear();
    }

    /// <summary>Something moved: the time of silence begins anew.</summary>
    public void Moved() => _deadline.CancelAfter(Answered ? _config.IdleTimeoutMs : _config.TimeoutMs);

    public override ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        proxyRequest.RequestUri = Target.Upstream(Upstream.Config.Url, _x.Rest);
        Head.Up(_x, Upstream.Config, proxyRequest);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null) return false;
        Answered = true;
        Moved();
        var status = (int)proxyResponse.StatusCode;
        Withheld = Judge(status);
        if (Withheld is not null) return false;
        _e.Status = (ushort)status;
        Head.Down(_x, Upstream.Config, proxyResponse);
        var length = HttpMethods.IsHead(httpContext.Request.Method) ? null : proxyResponse.Content.Headers.ContentLength;
        httpContext.Response.Body = new DownloadBody(_clientBody, this, length);
        // To start the response is not enough: only a flush sends the head.
        if (HeadIsAwaited(proxyResponse)) await _clientBody.FlushAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    // A page that listens for events wants to know at once that it is connected, and a gRPC client may wait for the head
    // before it sends its first message. A gRPC answer of trailers only must stay one frame.
    private static bool HeadIsAwaited(HttpResponseMessage answer) => answer.Content.Headers.ContentType?.MediaType switch
    {
        "text/event-stream" => true,
        { } type when Passage.IsGrpc(type) => !answer.Headers.NonValidated.Contains("grpc-status"),
        _ => false,
    };

    /// <summary>Comes after the body and before the end of the answer.</summary>
    public override async ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        if (Withheld is not null) return;
        if (!await End(OutcomeOf(_e.Status)).ConfigureAwait(false))
        {
            // Not recorded: what has begun may not become whole.
            if (httpContext.Response.HasStarted) httpContext.Abort();
            return;
        }
        await base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Counts a piece of the body before it is written; records the call before the last one. False when it could not
    /// be recorded.
    /// </summary>
    public ValueTask<bool> Delivering(ReadOnlyMemory<byte> piece, bool last)
    {
        Moved();
        var delivered = _delivered.Add(piece.Span);
        if (last) return End(OutcomeOf(_e.Status));
        _checkpoints ??= _recorder.Time.CreateTimer(
            static state => ((Transit)state!).Checkpoint(), this,
            TimeSpan.FromMilliseconds(_recorder.Options.CheckpointIntervalMs),
            TimeSpan.FromMilliseconds(_recorder.Options.CheckpointIntervalMs));
        if (delivered - _e.Recorded.BytesDown >= _recorder.Options.CheckpointBytes) Checkpoint();
        return new(true);
    }

    /// <summary>Waits until the client has taken a piece. The upstream's time stands still meanwhile.</summary>
    /// <exception cref="IOException">The client took too long, and is cut off.</exception>
    public async ValueTask Taken(ValueTask writing)
    {
        _deadline.CancelAfter(Timeout.Infinite);
        if (await Stall.Ends(writing, _recorder.Options.ClientStallMs).ConfigureAwait(false)) return;
        ClientStalled = true;
        _x.Http.Abort();
        throw new IOException("The client took nothing of its answer for too long.");
    }

    /// <summary>Records the call; only the first time counts.</summary>
    public ValueTask<bool> End(Outcome outcome)
    {
        lock (_gate)
        {
            if (_ended) return new(_recorded);
            _ended = true;
            _checkpoints?.Dispose();
            _e.Outcome = outcome;
            _e.Free = FreeOf(_e.Status);
            (_e.BytesUp, _e.RequestDigest) = Upload.Passed.Sum();
            (_e.BytesDown, _e.AnswerDigest) = Answered && Withheld is null ? _delivered.Sum() : (0, 0);
            _recorded = _recorder.Meter.Run(_x, _e);
        }
        return _recorded && _config.Durable ? Synced() : new(_recorded);
    }

    /// <summary>How an answer that arrived whole counts.</summary>
    public static Outcome OutcomeOf(int status) => status switch
    {
        >= 500 => Outcome.UpstreamFault,
        >= 400 => Outcome.CallerError,
        _ => Outcome.Answered,
    };

    public void Dispose()
    {
        // A checkpoint under way holds the gate, and one that comes later finds the call ended.
        lock (_gate)
        {
            _ended = true;
            _checkpoints?.Dispose();
        }
        _deadline.Dispose();
        _delivered.Dispose();
        Upload.Dispose();
        if (!_x.Http.Response.HasStarted) _x.Http.Response.Body = _clientBody;
    }

    private async ValueTask<bool> Synced()
    {
        await _recorder.Journal.Synced().ConfigureAwait(false);
        return true;
    }

    private void Checkpoint()
    {
        lock (_gate)
        {
            var (up, down) = (Upload.Passed.Bytes, Delivered);
            if (_ended || (_e.Recorded.Begun && down == _e.Recorded.BytesDown && up == _e.Recorded.BytesUp)) return;
            _e.Free = FreeOf(_e.Status) || _e.Status >= 500;
            (_e.BytesUp, _e.BytesDown) = (up, down);
            _recorder.Meter.Checkpoint(_x, _e);
        }
    }

    private bool FreeOf(int status) => status is >= 400 and < 500 && !_config.BillClientErrors;

    private Withheld? Judge(int status)
    {
        // Nobody asked for another protocol.
        if (status == StatusCodes.Status101SwitchingProtocols) return PlainHttp.Withheld.Fault;
        // The gateway's own credential was refused: that is not the customer's doing, and its challenge is not for him.
        if (status == StatusCodes.Status407ProxyAuthenticationRequired) return PlainHttp.Withheld.Fault;
        if (status == StatusCodes.Status401Unauthorized && HasCredential()) return PlainHttp.Withheld.Fault;
        return OthersLeft && status is (502 or 503 or 504) ? PlainHttp.Withheld.Unwell : null;
    }

    private bool HasCredential()
    {
        foreach (var (name, _) in Upstream.Config.Headers)
            if (name.Equals("Authorization", StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}

/// <summary>Why an upstream's answer does not go to the client.</summary>
internal enum Withheld
{
    /// <summary>It is of no use to anybody.</summary>
    Fault,
    /// <summary>Another upstream may do better.</summary>
    Unwell,
}
