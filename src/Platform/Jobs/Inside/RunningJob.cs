using System.Diagnostics;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>Why a running job was told to stop.</summary>
internal enum StopReason { None, Timeout, Cancelled, ClaimLost, Shutdown }

/// <summary>A job between its claim and its end, as this process sees it.</summary>
internal sealed class RunningJob(ClaimedJob claimed, JobDefinition definition, long claimedAt) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private (int Percent, string? Words)? _told;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _over;

    public ClaimedJob Claimed { get; } = claimed;

    public JobDefinition Definition { get; } = definition;

    /// <summary>Ends when the handler is to stop.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>When the handler has returned and that is written down.</summary>
    public Task Ended => _ended.Task;

    public StopReason Reason { get; private set; }

    /// <summary>When the claim was asked for or renewed last, by the clock of this process (<see cref="Stopwatch"/>).</summary>
    public long RenewedAt { get; set; } = claimedAt;

    /// <summary>Set once the handler's own transaction may have completed the job.</summary>
    public bool CompletedByHandler { get; set; }

    /// <summary>Tells the handler to stop; the first reason stays.</summary>
    public void Tell(StopReason reason)
    {
        lock (_gate)
        {
            if (_over || Reason != StopReason.None) return;
            Reason = reason;
        }
        // Outside the lock: a handler's callbacks run in here.
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended in this moment.
        }
    }

    public void Told(int percent, string? words)
    {
        lock (_gate) _told = (percent, words ?? _told?.Words);
    }

    /// <summary>What was told since the last time, once.</summary>
    public (int Percent, string? Words)? TakeTold()
    {
        lock (_gate)
        {
            var told = _told;
            _told = null;
            return told;
        }
    }

    public void Dispose()
    {
        lock (_gate) _over = true;
        _stop.Dispose();
        _ended.TrySetResult();
    }
}
