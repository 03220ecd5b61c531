namespace Sluice.Platform.Jobs.Inside;

/// <summary>Wakes the one that waits. Set while nobody waits, it wakes the next wait; set twice, it wakes once.</summary>
internal sealed class Signal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _set = New();

    public void Set()
    {
        lock (_gate) _set.TrySetResult();
    }

    /// <summary>Returns when it is set, when the time is up, or when the token ends.</summary>
    public async Task Wait(TimeSpan limit, TimeProvider time, CancellationToken ct)
    {
        Task set;
        lock (_gate) set = _set.Task;
        if (!set.IsCompleted)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
            await Task.WhenAny(set, Task.Delay(limit, time, over.Token));
            await over.CancelAsync();
        }
        lock (_gate)
        {
            if (_set.Task.IsCompleted) _set = New();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
