using Sluice.Gateway.JsonRpc;
using Sluice.Gateway.Kept;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway.Steps;

/// <summary>
/// Answers a call from what is kept, or with the answer of the identical call that is under way. Only methods with a cache
/// rule; everything before this step has already been checked and held for this very caller.
/// </summary>
internal sealed class Recall(AnswerStore store, TimeProvider time)
{
    private const int ParamsBytesMax = 16 * 1024;
    private const int JoinMsMax = 5_000;

    /// <summary>
    /// Whether the call is over, answered or given up by its client. Otherwise it goes on to an upstream; where it leads
    /// others, <see cref="Conclude"/> must follow.
    /// </summary>
    public ValueTask<bool> Run(Exchange x, Entry e, int index)
    {
        var found = Find(x, e, x.Requests[index]);
        if (found.Follows is { } led) return Join(x, e, index, led);
        if (found.Kept is not { } kept) return new(false);
        if (kept.Length > Route.LargeBytes) return PutLarge(x, e, index, kept);
        Put(e, kept, IdOf(x, index));
        return new(true);
    }

    /// <summary>What is known of the answer to a call. What it leads, if anything, is in the entry.</summary>
    public Finding Find(Exchange x, Entry e, in RpcRequest request)
    {
        if (e.Method!.KeepMs == 0 || request.IsNotification || request.ParamsLength > ParamsBytesMax) return default;
        var parameters = x.Body.Span.Slice(request.ParamsStart, request.ParamsLength);
        // What is pending changes from moment to moment and from node to node.
        if (parameters.IndexOf("\"pending\""u8) >= 0) return default;
        var service = x.Service!;
        var found = store.Find(
            service.Generation, e.Method, parameters, Math.Min(JoinMsMax, service.Config.TimeoutMs / 2));
        e.Leads = found.Leads;
        return found;
    }

    /// <summary>Makes a kept answer the call's own, with its id.</summary>
    public static void Put(Entry e, KeptAnswer kept, ReadOnlySpan<byte> id)
    {
        e.Flags |= RecordFlags.Cached;
        e.Upstream = null;
        e.Outcome = kept.Outcome;
        e.RpcErrorCode = kept.RpcErrorCode;
        kept.WriteTo(e.Answer.Body, id);
        // The id is in its place already.
        (e.AnswerIdStart, e.AnswerIdLength) = (0, -1);
    }

    /// <summary>
    /// Waits for the leading call, no longer than it may be followed and no longer than the follower's client does.
    /// True when there is an answer now.
    /// </summary>
    public async ValueTask<bool> Follow(KeptAnswer led, CancellationToken ct)
    {
        var left = led.Until - time.GetTimestamp();
        if (left > 0)
        {
            await led.Over.WaitAsync(TimeSpan.FromSeconds((double)left / time.TimestampFrequency), time, ct)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        var answered = led.IsThere;
        store.Followed(led, answered);
        return answered;
    }

    /// <summary>Ends the lead of a call that was routed, before its answer gets its client's id.</summary>
    public void Conclude(Entry e)
    {
        var led = e.Leads!;
        e.Leads = null;
        var body = e.Answer.Body.Span;
        if (e.Refused.Yes || e.AnswerIdLength <= 0)
        {
            store.Fail(led);
            return;
        }
        var id = e.AnswerIdStart..(e.AnswerIdStart + e.AnswerIdLength);
        var lasting = e.Outcome == Outcome.Answered && !e.NullResult && body.Length <= store.AnswerBytesMax
            && !RpcAnswer.HoldsNothing(body);
        if (lasting) store.Keep(led, body, id, e.Method!.KeepMs);
        else if (e.Outcome is Outcome.Answered or Outcome.CallerError) store.Share(led, body, id, e.Outcome, e.RpcErrorCode);
        else store.Fail(led);
    }

    private async ValueTask<bool> Join(Exchange x, Entry e, int index, KeptAnswer led)
    {
        var from = time.GetTimestamp();
        if (await Follow(led, x.Aborted).ConfigureAwait(false))
        {
            Put(e, led, IdOf(x, index));
            return true;
        }
        // The time that was waited is the call's own.
        e.WaitedMs = (int)time.GetElapsedTime(from).TotalMilliseconds;
        if (!x.Aborted.IsCancellationRequested) return false;
        // There is nobody to answer, and so no id to put anywhere.
        e.AnswerIdLength = -1;
        return true;
    }

    // Copying and digesting a large answer takes long, and other connections may wait on this thread.
    private static async ValueTask<bool> PutLarge(Exchange x, Entry e, int index, KeptAnswer kept)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Put(e, kept, IdOf(x, index));
        return true;
    }

    private static ReadOnlySpan<byte> IdOf(Exchange x, int index)
    {
        ref var request = ref x.Requests[index];
        return x.Body.Span.Slice(request.IdStart, request.IdLength);
    }
}
