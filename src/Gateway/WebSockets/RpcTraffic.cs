using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using Sluice.Gateway.JsonRpc;
using Sluice.Gateway.Kept;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Steps;
using Sluice.Gateway.Upstreams;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway.WebSockets;

/// <summary>
/// JSON-RPC on a socket. Each call goes up alone under an id of the gateway's own, because clients may use an id twice;
/// what comes down is matched by it, and the client's id is put back byte for byte.
/// </summary>
internal sealed class RpcTraffic(Exchange x, SocketPair pair, Upstream upstream, SocketParts parts) : ITraffic
{
    /// <summary>Calls under way on one socket; beyond it the client waits.</summary>
    private const int CallsMax = 1024;

    private readonly ServiceConfig _config = x.Service!.Config;
    private readonly ConcurrentDictionary<long, RpcCall> _calls = new();
    private readonly Subscriptions _subscriptions = new(x.Service!.Config.SubscriptionsMax);
    private readonly SemaphoreSlim _room = new(CallsMax, CallsMax);
    private readonly ByteBuffer _up = new();
    private readonly ByteBuffer _down = new();
    private long _lastId;
    private int _messagesUp = -1;
    private int _messagesDown = -1;
    private Task _expiring = Task.CompletedTask;
    private readonly List<Task> _following = [];

    public void Dispose() => _room.Dispose();

    public int Owed => _calls.Count;

    public bool MayBeSilent => _subscriptions.Any;

    public async Task Up()
    {
        while (true)
        {
            var read = await SocketReader.Whole(pair.Client, x.Body, _config.SocketMessageBytesMax).ConfigureAwait(false);
            if (read != SocketRead.Message)
            {
                pair.End(read == SocketRead.TooLarge ? Ending.TooLarge : Ending.ClientGone);
                return;
            }
            if (pair.IsEnding) continue;
            pair.Moved();
            _messagesUp++;
            await Take().ConfigureAwait(false);
        }
    }

    private async Task Take()
    {
        for (var i = 0; i < x.Count; i++) x[i].Clear();
        (x.Count, x.Refused) = (0, default);
        if (!Read.Split(x))
        {
            parts.Refusals.Record(x, null, x.Refused);
            var error = new ByteBuffer();
            Answers.WriteRpcError(x, x.Refused, "null"u8, error);
            await pair.ToClient(error.Memory, WebSocketMessageType.Text, last: true).ConfigureAwait(false);
            return;
        }
        var batch = x.IsBatch ? new RpcBatch(x.Count) : null;
        for (var i = 0; i < x.Count; i++) await Enter(x.Take(i), x.Requests[i], batch, i).ConfigureAwait(false);
    }

    private async ValueTask Enter(Entry e, RpcRequest request, RpcBatch? batch, int slot)
    {
        e.Index = _messagesUp;
        e.Flags |= RecordFlags.Socket;
        e.StartedTicks = parts.Time.GetTimestamp();
        e.Upstream = upstream;
        e.Status = 0;
        var name = e.Refused.Yes ? "" : Encoding.UTF8.GetString(Read.MethodName(x.Body.Span, request));
        var subscribes = !request.IsNotification && Subscriptions.Opens(name);
        if (subscribes && !_subscriptions.TryReserve()) e.Refused = new Refused(GatewayError.TooManySubscriptions);
        if (e.Refused.Yes || !await Admitted(e, request).ConfigureAwait(false))
        {
            if (subscribes && e.Refused.Error != GatewayError.TooManySubscriptions) _subscriptions.Release();
            e.Outcome = Outcome.Refused;
            parts.Refusals.Record(x, e, e.Refused);
            if (!request.IsNotification) WriteError(e, x.Body.Span.Slice(request.IdStart, request.IdLength));
            await Reply(batch, slot, e.Answer.Body.Memory).ConfigureAwait(false);
            return;
        }
        if (parts.Meter.Digests) e.RequestDigest = Meter.Digest(x.Body.Span.Slice(request.Start, request.Length));
        if (request.IsNotification)
        {
            await Notify(e, request).ConfigureAwait(false);
            await Reply(batch, slot, default).ConfigureAwait(false);
            return;
        }
        var ends = Subscriptions.Closes(name)
            ? Subscriptions.IdIn(x.Body.Span.Slice(request.ParamsStart, request.ParamsLength))
            : null;
        if (!await HasRoom().ConfigureAwait(false))
        {
            if (subscribes) _subscriptions.Begin(null);
            (e.Upstream, e.Outcome, e.Status, e.Flags) = (null, Outcome.Abandoned, 499, e.Flags | RecordFlags.ClientGone);
            parts.Meter.Run(x, e);
            return;
        }
        await Start(request, new RpcCall(
            e, x.Body.Span.Slice(request.IdStart, request.IdLength).ToArray(), batch, slot, subscribes, ends))
            .ConfigureAwait(false);
    }

    // False once the socket is over, which it may be since the call waited for units. The call was taken in all the same,
    // so its hold and its record are to be ended.
    private async ValueTask<bool> HasRoom()
    {
        var waiting = _room.WaitAsync(pair.Over);
        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return waiting.IsCompletedSuccessfully;
    }

    /// <summary>Answers a call from what is kept, lets it wait for an identical one, or sends it up.</summary>
    private async ValueTask Start(RpcRequest request, RpcCall call)
    {
        var found = parts.Recall.Find(x, call.Entry, request);
        if (found.Kept is { } kept)
        {
            Recall.Put(call.Entry, kept, call.ClientId);
            await Answer(call).ConfigureAwait(false);
            return;
        }
        var id = ++_lastId;
        _calls[id] = call;
        if (found.Follows is { } led)
        {
            call.Entry.Upstream = null;
            // The next message takes the buffer, so what may have to be sent later is copied.
            ComposeUp(request, id);
            Track(Follow(id, call, led, _up.Span.ToArray()));
            return;
        }
        call.Entry.UpstreamCalls = 1;
        if (!await SendUp(request, id).ConfigureAwait(false)) pair.End(Ending.UpstreamGone);
    }

    // Up is the only one that adds. What it waits for is bounded by the room.
    private void Track(Task following)
    {
        if (_following.Count >= CallsMax) _following.RemoveAll(task => task.IsCompleted);
        _following.Add(following);
    }

    /// <summary>
    /// Waits for the leading call's answer. Without one the call goes up by itself, unless its time was up or its socket
    /// ended meanwhile: then somebody else has answered it.
    /// </summary>
    private async Task Follow(long id, RpcCall call, KeptAnswer led, byte[] request)
    {
        try
        {
            if (await parts.Recall.Follow(led, pair.Over).ConfigureAwait(false))
            {
                if (!_calls.TryRemove(id, out _)) return;
                Recall.Put(call.Entry, led, call.ClientId);
                await Answer(call).ConfigureAwait(false);
                return;
            }
            if (pair.IsEnding || !_calls.ContainsKey(id)) return;
            (call.Entry.Upstream, call.Entry.UpstreamCalls) = (upstream, 1);
            if (!await pair.ToUpstream(request, WebSocketMessageType.Text, last: true).ConfigureAwait(false))
                pair.End(Ending.UpstreamGone);
        }
        catch (Exception error)
        {
            // As for the pumps: it ends its socket, not the process.
            if (!SocketPair.IsLoss(error)) parts.Refusals.Failed(x, error);
            pair.End(new Ending(1011, GatewayError.Internal.Message, GatewayError.Internal));
        }
    }

    private async ValueTask<bool> Admitted(Entry e, RpcRequest request)
    {
        if (pair.IsEnding) e.Refused = new Refused(GatewayError.Draining);
        if (e.Refused.Yes) return false;
        var parameters = x.Body.Span.Slice(request.ParamsStart, request.ParamsLength);
        if (!parts.Admit.Run(x, e, Read.MethodName(x.Body.Span, request), parameters)) return false;
        if (await parts.Hold.Run(x, e).ConfigureAwait(false)) return true;
        Admit.PutBack(x, e);
        return false;
    }

    private async ValueTask Notify(Entry e, RpcRequest request)
    {
        var sent = await SendUp(request, 0).ConfigureAwait(false);
        e.Outcome = sent ? Outcome.Answered : Outcome.UpstreamFault;
        e.UpstreamCalls = 1;
        parts.Meter.Run(x, e);
        if (!sent) pair.End(Ending.UpstreamGone);
    }

    // Only what the specification knows travels on, as for a call by POST.
    private ValueTask<bool> SendUp(in RpcRequest request, long id)
    {
        ComposeUp(request, id);
        return pair.ToUpstream(_up.Memory, WebSocketMessageType.Text, last: true);
    }

    private void ComposeUp(in RpcRequest request, long id)
    {
        var body = x.Body.Span;
        _up.Clear();
        _up.Append("{\"jsonrpc\":\"2.0\""u8);
        if (id > 0) _up.Append(Encoding.ASCII.GetBytes($",\"id\":{id}"));
        _up.Append(",\"method\":\""u8);
        _up.Append(body.Slice(request.MethodStart, request.MethodLength));
        _up.Append("\""u8);
        if (request.ParamsLength > 0)
        {
            _up.Append(",\"params\":"u8);
            _up.Append(body.Slice(request.ParamsStart, request.ParamsLength));
        }
        _up.Append("}"u8);
    }

    public async Task Down()
    {
        while (true)
        {
            var read = await SocketReader.Whole(pair.Upstream, _down, _config.ResponseBytesMax).ConfigureAwait(false);
            if (read != SocketRead.Message)
            {
                pair.End(read == SocketRead.TooLarge ? Ending.UpstreamTooLarge : Ending.UpstreamGone);
                return;
            }
            pair.Moved();
            await Deliver().ConfigureAwait(false);
        }
    }

    private ValueTask Deliver()
    {
        if (!RpcMessage.TryRead(_down.Span, out var message))
        {
            parts.Metrics.Stray();
            return default;
        }
        if (message.IsPush)
        {
            if (_subscriptions.Expects(message.Subscription) && !upstream.Secrets.AreIn(_down.Span))
                return Push(x.Service!.Methods.Find(message.Method));
        }
        else if (message.Id > 0 && _calls.TryRemove(message.Id, out var call))
        {
            var result = Encoding.UTF8.GetString(message.Result);
            Judge(call, Encoding.ASCII.GetBytes($"{message.Id}"));
            if (call.Subscribes) _subscriptions.Begin(call.Entry.Outcome == Outcome.Answered ? result : null);
            if (call.Ends is not null && result == "true") _subscriptions.End(call.Ends);
            return Answer(call);
        }
        // An answer that came too late, an id that nobody used, a push that nobody asked for.
        parts.Metrics.Stray();
        return default;
    }

    private void Judge(RpcCall call, ReadOnlySpan<byte> id)
    {
        var e = call.Entry;
        var body = _down.Span;
        var kind = RpcAnswer.Read(body, id, out var start, out var length, out e.RpcErrorCode);
        e.NullResult = kind == AnswerKind.NullResult;
        var tells = kind is not (AnswerKind.Result or AnswerKind.NullResult) && upstream.Secrets.AreIn(body);
        e.Outcome = kind switch
        {
            AnswerKind.Result or AnswerKind.NullResult => Outcome.Answered,
            AnswerKind.CallerError when !tells => Outcome.CallerError,
            _ => Outcome.UpstreamFault,
        };
        if (tells || kind is AnswerKind.NotRpc or AnswerKind.WrongId
            || (kind == AnswerKind.NodeError && (body.Contains((byte)'@') || body.IndexOf("://"u8) >= 0)))
        {
            e.Refused = new Refused(GatewayError.UpstreamFailed);
            return;
        }
        e.Answer.Body.Clear();
        e.Answer.Body.Append(body[..start]);
        e.Answer.Body.Append(call.ClientId);
        e.Answer.Body.Append(body[(start + length)..]);
        (e.AnswerIdStart, e.AnswerIdLength) = (start, length > 0 ? call.ClientId.Length : 0);
    }

    /// <summary>Records a call that was taken out of the table, and answers it.</summary>
    private async ValueTask Answer(RpcCall call)
    {
        _room.Release();
        var e = call.Entry;
        if (e.Leads is not null) parts.Recall.Conclude(e);
        if (e.UpstreamCalls > 0)
            e.UpstreamMicros = (uint)Math.Min(parts.Time.GetElapsedTime(e.StartedTicks).TotalMicroseconds, uint.MaxValue);
        if (e.Refused.Yes) WriteError(e, call.ClientId);
        e.BytesDown = e.Outcome == Outcome.Abandoned ? 0 : e.Answer.Body.Length;
        if (parts.Meter.Digests) e.AnswerDigest = Meter.Digest(e.Answer.Body.Span);
        if (!parts.Meter.Run(x, e)) WriteError(e, call.ClientId);
        else if (_config.Durable) await parts.Journal.Synced().ConfigureAwait(false);
        if (e.Outcome != Outcome.Abandoned) await Reply(call.Batch, call.Slot, e.Answer.Body.Memory).ConfigureAwait(false);
    }

    private async ValueTask Push(Method method)
    {
        var e = new Entry
        {
            Index = ++_messagesDown,
            Method = method,
            Units = _config.PushUnits,
            Flags = RecordFlags.Socket | RecordFlags.Push,
            StartedTicks = parts.Time.GetTimestamp(),
            Upstream = upstream,
            BytesDown = _down.Length,
        };
        if (parts.Meter.Digests) e.AnswerDigest = Meter.Digest(_down.Span);
        if (!await parts.Hold.Run(x, e).ConfigureAwait(false))
        {
            parts.Refusals.Record(x, e, e.Refused);
            pair.End(e.Refused.Error == GatewayError.CannotMeter ? Ending.CannotMeter : Ending.Policy(e.Refused.Error.Message));
            return;
        }
        if (pair.IsEnding)
        {
            Hold.Settle(e, 0);
            return;
        }
        if (!parts.Meter.Run(x, e))
        {
            pair.End(Ending.CannotMeter);
            return;
        }
        if (_config.Durable) await parts.Journal.Synced().ConfigureAwait(false);
        if (!await pair.ToClient(_down.Memory, WebSocketMessageType.Text, last: true).ConfigureAwait(false))
            pair.End(Ending.ClientGone);
    }

    private async ValueTask Reply(RpcBatch? batch, int slot, ReadOnlyMemory<byte> answer)
    {
        if (batch is not null)
        {
            if (batch.Put(slot, answer.Span) is not { } whole) return;
            answer = whole;
        }
        if (!answer.IsEmpty && !await pair.ToClient(answer, WebSocketMessageType.Text, last: true).ConfigureAwait(false))
            pair.End(Ending.ClientGone);
    }

    private void WriteError(Entry e, ReadOnlySpan<byte> id)
    {
        e.RpcErrorCode = e.Refused.Error.RpcCode;
        e.Answer.Body.Clear();
        Answers.WriteRpcError(x, e.Refused, id.IsEmpty ? "null"u8 : id, e.Answer.Body);
    }

    public void Tick(long nowMs)
    {
        if (_expiring.IsCompleted && _calls.Any(call => nowMs - call.Value.SentMs > _config.TimeoutMs)) _expiring = Expire(nowMs);
    }

    private async Task Expire(long nowMs)
    {
        foreach (var (id, call) in _calls)
            if (nowMs - call.SentMs > _config.TimeoutMs && _calls.TryRemove(id, out _))
                await Fail(call, GatewayError.UpstreamTimeout, Outcome.UpstreamFault).ConfigureAwait(false);
    }

    public async Task Finish(Ending how)
    {
        await _expiring.ConfigureAwait(false);
        // The second time the pumps have ended and nothing is waited for any more.
        if (pair.Over.IsCancellationRequested) await Task.WhenAll(_following).ConfigureAwait(false);
        foreach (var (id, call) in _calls)
            if (_calls.TryRemove(id, out _))
                await Fail(call, how.Error, how.Error is null ? Outcome.Abandoned : Outcome.UpstreamFault).ConfigureAwait(false);
    }

    private ValueTask Fail(RpcCall call, GatewayError? error, Outcome outcome)
    {
        if (call.Subscribes) _subscriptions.Begin(null);
        call.Entry.Outcome = error == GatewayError.Draining ? Outcome.GatewayFault : outcome;
        if (error is not null) call.Entry.Refused = new Refused(error);
        else (call.Entry.Status, call.Entry.Flags) = (499, call.Entry.Flags | RecordFlags.ClientGone);
        return Answer(call);
    }
}
