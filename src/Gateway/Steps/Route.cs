using System.Runtime.CompilerServices;
using Sluice.Gateway.JsonRpc;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Upstreams;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway.Steps;

/// <summary>
/// Sends a JSON-RPC call to an upstream and judges what comes back. Where the call may be repeated, a fault is followed
/// by another upstream.
/// </summary>
internal sealed class Route(TimeProvider time)
{
    private const int StaleRetriesMax = 4;
    /// <summary>What takes longer to read than another connection should wait for.</summary>
    public const int LargeBytes = 64 * 1024;
    private static readonly byte[] OwnId = "1"u8.ToArray();
    private static readonly System.Buffers.SearchValues<byte> PlainIdLetters =
        System.Buffers.SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.: "u8);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask Run(Exchange x, Entry e, int index)
    {
        var config = x.Service!.Config;
        var upstreams = x.Service.Upstreams;
        var (body, id) = Compose(x, e, x.Requests[index]);
        var started = Environment.TickCount64 - e.WaitedMs;
        var (tried, stale, attempts) = (0UL, 0, 0);
        var verdict = Verdict.None;
        while (attempts < config.AttemptsMax)
        {
            var pick = Choice.Pick(upstreams, tried, Environment.TickCount64);
            var left = config.TimeoutMs - (int)(Environment.TickCount64 - started);
            if (pick < 0 || left <= 0) break;
            var upstream = upstreams[pick];
            tried |= 1UL << pick;
            attempts++;
            // While another upstream could still be asked, this one may not use up all the time.
            var others = attempts < config.AttemptsMax && attempts < upstreams.Length && e.Method!.Repeatable;
            verdict = await Send(x, e, upstream, body, id, others ? Math.Max(1, left / 2) : left).ConfigureAwait(false);
            if (MayBeStale(e, verdict, stale, upstreams, tried) && stale++ < StaleRetriesMax && e.Method!.Repeatable)
            {
                tried &= ~(1UL << pick);
                if (verdict == Verdict.Stale) attempts--;
                continue;
            }
            if (verdict is Verdict.Good or Verdict.CallerError or Verdict.TooLarge) break;
            if (verdict != Verdict.NotSent && !e.Method!.Repeatable) break;
        }
        Conclude(e, verdict);
    }

    // Not every transport knows whether a connection that broke had been kept: without another upstream, this one is asked
    // once more.
    private static bool MayBeStale(Entry e, Verdict verdict, int stale, Upstream[] upstreams, ulong tried) =>
        verdict == Verdict.Stale
        || (verdict == Verdict.Fault && e.Answer.Fault == TransportFault.Closed && stale == 0
            && Choice.Pick(upstreams, tried, Environment.TickCount64) < 0);

    // Errors are a node's own words. They go on to the client, unless they name what must not be named.
    private static bool Names(Entry e)
    {
        var words = e.Answer.Body.Span;
        return e.Upstream!.Secrets.AreIn(words) || words.Contains((byte)'@') || words.IndexOf("://"u8) >= 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Verdict> Send(
        Exchange x, Entry e, Upstream upstream, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> id, int timeoutMs)
    {
        var config = x.Service!.Config;
        e.Upstream = upstream;
        e.UpstreamCalls++;
        upstream.Begin();
        var from = time.GetTimestamp();
        await upstream.Transport.Send(body, e.Answer, timeoutMs, config.ResponseBytesMax).ConfigureAwait(false);
        e.UpstreamMicros += (uint)Math.Min(time.GetElapsedTime(from).TotalMicroseconds, uint.MaxValue / 2);
        // Reading and digesting a large answer takes long, and other connections may wait on this thread.
        if (e.Answer.Body.Length > LargeBytes)
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var verdict = Judge(e, id.Span, config.ResponseBytesMax);
        // A stale connection says nothing about the upstream's health.
        upstream.End(
            verdict is Verdict.Fault or Verdict.Timeout or Verdict.NodeError or Verdict.NotSent
                && e.Answer.Fault != TransportFault.Busy,
            Environment.TickCount64);
        return verdict;
    }

    private static Verdict Judge(Entry e, ReadOnlySpan<byte> id, long bytesMax)
    {
        var answer = e.Answer;
        (e.AnswerIdStart, e.AnswerIdLength, e.RpcErrorCode, e.NullResult) = (0, 0, 0, false);
        switch (answer.Fault)
        {
            case TransportFault.None: break;
            case TransportFault.Timeout: return Verdict.Timeout;
            case TransportFault.TooLarge: return Verdict.TooLarge;
            case TransportFault.Connect or TransportFault.Busy: return Verdict.NotSent;
            case TransportFault.Closed when answer.ConnectionReused: return Verdict.Stale;
            default: return Verdict.Fault;
        }
        if (!Decoding.TryDecode(answer.Coding, answer.Body, bytesMax, out var tooLarge))
            return tooLarge ? Verdict.TooLarge : Verdict.Fault;
        // To a notification there is no answer to judge.
        if (id.IsEmpty) return answer.Status is >= 200 and < 300 ? Verdict.Good : Verdict.Fault;
        var kind = RpcAnswer.Read(
            answer.Body.Span, id, out e.AnswerIdStart, out e.AnswerIdLength, out e.RpcErrorCode);
        e.NullResult = kind == AnswerKind.NullResult;
        return kind switch
        {
            AnswerKind.Result or AnswerKind.NullResult => answer.Status < 300 ? Verdict.Good : Verdict.Fault,
            AnswerKind.CallerError => answer.Status is 401 or 403 or 429 ? Verdict.Fault : Verdict.CallerError,
            AnswerKind.NodeError => Verdict.NodeError,
            _ => Verdict.Fault,
        };
    }

    private static void Conclude(Entry e, Verdict verdict)
    {
        if (verdict == Verdict.CallerError && e.Upstream!.Secrets.AreIn(e.Answer.Body.Span)) verdict = Verdict.Fault;
        e.Outcome = verdict switch
        {
            Verdict.Good => Outcome.Answered,
            Verdict.CallerError => Outcome.CallerError,
            _ => Outcome.UpstreamFault,
        };
        e.Refused = verdict switch
        {
            Verdict.Good or Verdict.CallerError => default,
            Verdict.NodeError when !Names(e) => default,
            Verdict.Timeout => new Refused(GatewayError.UpstreamTimeout),
            Verdict.TooLarge => new Refused(GatewayError.UpstreamTooLarge),
            Verdict.NotSent or Verdict.None => new Refused(GatewayError.NoUpstream),
            _ => new Refused(GatewayError.UpstreamFailed),
        };
        if (e.Refused.Yes) e.RpcErrorCode = e.Refused.Error.RpcCode;
    }

    /// <summary>
    /// The request as it goes to the upstream, and the id to expect. Most travel as they came. An id that an upstream
    /// might rewrite (a fraction, an exponent, a huge number, an escaped string, null) is replaced on the way and put
    /// back in the answer; members that nobody checked are left out.
    /// </summary>
    private static (ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> Id) Compose(Exchange x, Entry e, in RpcRequest request)
    {
        var body = x.Body.Memory;
        var id = body.Slice(request.IdStart, request.IdLength);
        if (!id.IsEmpty && !IsPlainId(id.Span)) id = OwnId;
        else if (!request.HasOtherMembers) return (body.Slice(request.Start, request.Length), id);
        e.Sent.Clear();
        e.Sent.Append("{\"jsonrpc\":\"2.0\""u8);
        if (!id.IsEmpty)
        {
            e.Sent.Append(",\"id\":"u8);
            e.Sent.Append(id.Span);
        }
        e.Sent.Append(",\"method\":\""u8);
        e.Sent.Append(body.Span.Slice(request.MethodStart, request.MethodLength));
        e.Sent.Append("\""u8);
        if (request.ParamsLength > 0)
        {
            e.Sent.Append(",\"params\":"u8);
            e.Sent.Append(body.Span.Slice(request.ParamsStart, request.ParamsLength));
        }
        e.Sent.Append("}"u8);
        return (e.Sent.Memory, id);
    }

    private static bool IsPlainId(ReadOnlySpan<byte> id) => id[0] == (byte)'"'
        ? id.Length <= 66 && !id[1..^1].ContainsAnyExcept(PlainIdLetters)
        : id.Length <= 15 && !id.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    private enum Verdict : byte
    {
        None,
        Good,
        CallerError,
        NodeError,
        Fault,
        Timeout,
        TooLarge,
        /// <summary>The upstream never saw the request.</summary>
        NotSent,
        /// <summary>A kept connection had been closed in the meantime.</summary>
        Stale,
    }
}
