using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Sluice.Gateway.JsonRpc;
using Sluice.Gateway.Steps;
using Sluice.Gateway.Usage;
using Sluice.Gateway.WebSockets;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway;

/// <summary>The life of a call: every line of <see cref="Run"/> and <see cref="RunEntry"/> is a step, one file each.</summary>
internal sealed class Pipeline(
    Resolve resolve, Identify identify, Admit admit, CallSteps steps, UsageJournal journal, GatewayOptions options,
    TimeProvider time)
{
    private const int PooledMax = 1024;

    private readonly ConcurrentQueue<Exchange> _pool = new();

    public bool IsOurs(HttpContext http) => resolve.IsOurs(http);

    public async Task Run(HttpContext http)
    {
        if (Preflight.IsOne(http.Request))
        {
            Preflight.Answer(http);
            return;
        }
        if (!_pool.TryDequeue(out var x)) x = new Exchange();
        x.Begin(http, time);
        var whole = false;
        try
        {
            if (!resolve.Run(x) || !await identify.Run(x).ConfigureAwait(false) || !admit.Run(x))
                await Refuse(x).ConfigureAwait(false);
            else if (Sockets.IsAskedFor(http.Request) && http.WebSockets.IsWebSocketRequest)
                await steps.Sockets.Run(x).ConfigureAwait(false);
            else if (x.Service!.Config.JsonRpc) await RunRpc(x).ConfigureAwait(false);
            else await steps.Passage.Run(x).ConfigureAwait(false);
            whole = true;
        }
        catch (Exception error)
        {
            // The border of the data plane: whatever was not foreseen ends here, with an id instead of a trace.
            await Fail(x, error).ConfigureAwait(false);
        }
        finally
        {
            // After a failure it is not known who still holds the exchange, so nobody gets it again.
            if (whole)
            {
                x.Clear();
                if (_pool.Count < PooledMax) _pool.Enqueue(x);
            }
            else
            {
                for (var i = 0; i < x.Count; i++) Hold.Settle(x[i], x[i].Recorded.Units);
            }
        }
    }

    private async ValueTask Fail(Exchange x, Exception error)
    {
        var gone = x.Http.RequestAborted.IsCancellationRequested && error is (OperationCanceledException or IOException);
        if (!gone) steps.Refusals.Failed(x, error);
        if (gone || x.Http.Response.HasStarted)
        {
            x.Http.Abort();
            return;
        }
        x.Http.Response.Clear();
        x.Refused = new Refused(GatewayError.Internal);
        await Refuse(x).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunRpc(Exchange x)
    {
        if (!HttpMethods.IsPost(x.Http.Request.Method)) x.Refused = new Refused(GatewayError.MethodNotAllowed);
        if (x.Refused.Yes || !await Read.Run(x).ConfigureAwait(false))
        {
            await Refuse(x).ConfigureAwait(false);
            return;
        }
        x.Aborted = x.Http.RequestAborted;
        if (x.Count == 1) await RunEntry(x, 0).ConfigureAwait(false);
        else await RunBatch(x).ConfigureAwait(false);
        if (x.Service!.Config.Durable) await journal.Synced().ConfigureAwait(false);
        await Answers.Write(x, options.ClientStallMs).ConfigureAwait(false);
    }

    /// <summary>
    /// Admits, holds, recalls or routes, and meters one call. Its answer, or its refusal, is left in the entry.
    /// </summary>
    public ValueTask RunEntry(Exchange x, int index)
    {
        var entering = Enter(x, index);
        if (!entering.IsCompletedSuccessfully) return Await(entering);
        return entering.Result ? Leave(x, index) : default;

        async ValueTask Await(ValueTask<bool> pending)
        {
            if (await pending.ConfigureAwait(false)) await Leave(x, index).ConfigureAwait(false);
        }
    }

    // Entries enter in their order, so that a limit takes the first ones; they are on their way side by side.
    private async ValueTask RunBatch(Exchange x)
    {
        var running = new Task[Math.Min(options.BatchParallelism, x.Count)];
        Array.Fill(running, Task.CompletedTask);
        try
        {
            for (var i = 0; i < x.Count; i++)
            {
                if (!await Enter(x, i).ConfigureAwait(false)) continue;
                var free = Array.FindIndex(running, task => task.IsCompleted);
                if (free < 0) free = Array.IndexOf(running, await Task.WhenAny(running).ConfigureAwait(false));
                await running[free].ConfigureAwait(false);
                running[free] = Leave(x, i).AsTask();
            }
        }
        finally
        {
            // Nobody may still write to an entry when the exchange goes back.
            await Task.WhenAll(running).ConfigureAwait(false);
        }
    }

    private ValueTask<bool> Enter(Exchange x, int index)
    {
        var e = x[index];
        ref var request = ref x.Requests[index];
        if (!e.Refused.Yes)
        {
            var body = x.Body.Span;
            var parameters = body.Slice(request.ParamsStart, request.ParamsLength);
            if (admit.Run(x, e, Read.MethodName(body, request), parameters))
            {
                var holding = steps.Hold.Run(x, e);
                if (!holding.IsCompletedSuccessfully) return AwaitHold(x, index, holding);
                if (holding.Result) return new(true);
                // What a quota refuses, no rate is charged for.
                Admit.PutBack(x, e);
            }
        }
        return new(RefuseEntry(x, index));
    }

    private async ValueTask<bool> AwaitHold(Exchange x, int index, ValueTask<bool> holding)
    {
        if (await holding.ConfigureAwait(false)) return true;
        Admit.PutBack(x, x[index]);
        return RefuseEntry(x, index);
    }

    private bool RefuseEntry(Exchange x, int index)
    {
        var e = x[index];
        e.Outcome = Outcome.Refused;
        Answers.Compose(x, e, x.Requests[index]);
        steps.Refusals.Record(x, e, e.Refused);
        return false;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask Leave(Exchange x, int index)
    {
        var e = x[index];
        try
        {
            if (!await steps.Recall.Run(x, e, index).ConfigureAwait(false))
                await steps.Route.Run(x, e, index).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // One entry's failure is not the batch's, and its hold must be settled below.
            steps.Refusals.Failed(x, error);
            e.Outcome = Outcome.GatewayFault;
            e.Refused = new Refused(GatewayError.Internal);
        }
        // Before the client is looked at: others may wait for an answer that it does not want any more.
        if (e.Leads is not null) steps.Recall.Conclude(e);
        if (x.Aborted.IsCancellationRequested) e.Outcome = Outcome.Abandoned;
        Answers.Compose(x, e, x.Requests[index]);
        Measure(x, e, index);
        if (!steps.Meter.Run(x, e)) Answers.Compose(x, e, x.Requests[index]);
    }

    private void Measure(Exchange x, Entry e, int index)
    {
        ref var request = ref x.Requests[index];
        e.BytesDown = Answers.LengthOf(x, index);
        if (!steps.Meter.Digests) return;
        e.RequestDigest = Meter.Digest(x.Body.Span.Slice(request.Start, request.Length));
        if (!request.IsNotification) e.AnswerDigest = Meter.Digest(e.Answer.Body.Span);
    }

    private ValueTask Refuse(Exchange x)
    {
        steps.Refusals.Record(x, null, x.Refused);
        return Answers.Refuse(x, options.ClientStallMs);
    }
}
