namespace Sluice.Gateway;

/// <summary>
/// The one look-up that unknown keys cause: catch up with the changes of keys, at most a few times a second whatever
/// comes in, so that a flood of bad keys does not reach the database.
/// </summary>
internal sealed class KeyLookup(IKeySource source, GatewayOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private Task _running = Task.CompletedTask;
    private long _next;

    /// <summary>Completes once this process has applied all key changes, or at once when it is not time yet.</summary>
    public Task CatchUp()
    {
        lock (_gate)
        {
            if (!_running.IsCompleted) return _running;
            var now = time.GetTimestamp();
            if (now < _next) return Task.CompletedTask;
            _next = now + (time.TimestampFrequency / options.KeyLookupsPerSecond);
            return _running = Guarded();
        }
    }

    private async Task Guarded()
    {
        // Without a database the answer is simply "unknown": the feed's own poll reports the outage.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await source.CatchUp(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

/// <summary>Where keys come from; the host wires it to the rooms.</summary>
public interface IKeySource
{
    /// <summary>Applies all committed changes of keys and apps that this process does not know yet.</summary>
    Task CatchUp(CancellationToken ct);
}
