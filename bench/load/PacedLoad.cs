using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sluice.Load;

/// <summary>
/// Calls at a constant rate, whatever the answers do. A call's time runs from the moment at which it was due, so that
/// a stall counts for every call that it held up and not only for the one that met it.
/// </summary>
/// <remarks>
/// One thread waits for all connections: a thread for each would wake for every call and every answer, and what the
/// client burns on a shared machine is missing to the one that is measured.
/// </remarks>
internal static partial class PacedLoad
{
    private const int TimerSlackOption = 29;
    private static readonly long BehindMax = 5 * Stopwatch.Frequency;

    /// <param name="warmUp">The first part of the run, which is not counted.</param>
    public static Task<PacedResult> Run(
        Uri url, string key, int perSecond, int connections, TimeSpan duration, TimeSpan warmUp, CancellationToken ct)
    {
        var calls = (int)(perSecond * duration.TotalSeconds);
        var skipped = (int)(perSecond * warmUp.TotalSeconds);
        var plan = new Plan(
            Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 10), (double)Stopwatch.Frequency / perSecond, calls, connections);
        return Task.Factory.StartNew(
            () => Summarize(Call(url, key, plan, ct)[skipped..]), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static PacedResult Summarize(long[] latencies)
    {
        var failed = latencies.Count(ticks => ticks < 0);
        var sorted = latencies.Where(ticks => ticks >= 0).Order().ToArray();
        return new PacedResult(sorted.Length, failed, At(0.5), At(0.99), At(0.999), At(1));

        double At(double quantile) => sorted.Length == 0
            ? double.NaN
            : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * quantile))] * 1000.0 / Stopwatch.Frequency;
    }

    /// <returns>Ticks of each call from the moment at which it was due; -1 for one that failed.</returns>
    private static long[] Call(Uri url, string key, Plan plan, CancellationToken ct)
    {
        // The kernel rounds sleeps of ordinary threads up by 50 µs to save energy.
        _ = SetProcessOption(TimerSlackOption, 1, 0, 0, 0);
        var latencies = new long[plan.Calls];
        Array.Fill(latencies, -1);
        var lanes = Enumerable.Range(0, plan.Lanes).Select(lane => new PacedLane(url, key, lane)).ToArray();
        using var ready = new ReadyConnections();
        try
        {
            while (!ct.IsCancellationRequested)
            {
                var now = Stopwatch.GetTimestamp();
                var due = SendDue(lanes, plan, ready, now);
                // One that fell this far behind will not catch up; what is left counts as failed.
                if (due < now - BehindMax || (due is long.MaxValue && !lanes.Any(lane => lane.IsAwaiting))) break;
                var count = ready.Wait(Math.Min(due, now + Stopwatch.Frequency));
                for (var i = 0; i < count; i++)
                {
                    var lane = lanes[ready[i]];
                    var call = lane.Next;
                    if (lane.Receive(plan.Lanes)) latencies[call] = Stopwatch.GetTimestamp() - plan.Due(call);
                }
            }
        }
        finally
        {
            foreach (var lane in lanes) lane.Dispose();
        }
        return latencies;
    }

    /// <summary>
    /// Sends what is due on connections that are free; answers when the next call is due, or was due that no answer
    /// has been seen of for too long.
    /// </summary>
    private static long SendDue(PacedLane[] lanes, Plan plan, ReadyConnections ready, long now)
    {
        var first = long.MaxValue;
        foreach (var lane in lanes)
        {
            if (lane.Next >= plan.Calls) continue;
            var due = plan.Due(lane.Next);
            if (due < now - BehindMax) return due;
            if (lane.IsAwaiting) continue;
            if (due > now) first = Math.Min(first, due);
            else lane.Send(ready, plan.Lanes);
        }
        return first;
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int SetProcessOption(int option, nuint value, nuint third, nuint fourth, nuint fifth);

    /// <summary>The calls of a run: lane 0 makes call 0, lane 1 call 1, and so on around.</summary>
    private readonly record struct Plan(long Start, double TicksPerCall, int Calls, int Lanes)
    {
        public long Due(int call) => Start + (long)(call * TicksPerCall);
    }
}

/// <summary>Latencies in milliseconds from the moment at which a call was due.</summary>
internal sealed record PacedResult(
    int Answered, int Failed, double P50Ms, double P99Ms, double P999Ms, double MaxMs);
