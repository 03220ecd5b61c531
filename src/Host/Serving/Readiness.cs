using Npgsql;
using Sluice.Host.Settings;

namespace Sluice.Host.Serving;

/// <summary>Something without which this process cannot answer calls yet (the first snapshot, say).</summary>
internal interface IReadinessGate
{
    /// <summary>One word for the health page.</summary>
    string Name { get; }

    bool IsReady { get; }
}

/// <summary>
/// Whether this process should be sent calls. A gateway stays ready while the database is away, because it goes on from
/// what it has; the other roles do not.
/// </summary>
internal sealed class Readiness(HostSettings settings, NpgsqlDataSource database, IEnumerable<IReadinessGate> gates) : IDisposable
{
    private static readonly TimeSpan DatabaseTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DatabaseAnswerKept = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _asking = new(1, 1);
    private long _askedAt;
    private bool _databaseAnswered;
    private volatile bool _draining;

    /// <summary>Turned on once, when the process was told to stop.</summary>
    public void Drain() => _draining = true;

    public void Dispose() => _asking.Dispose();

    public async Task<(bool Ready, IReadOnlyDictionary<string, string> Parts)> Check(CancellationToken ct)
    {
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        var ready = !_draining;
        if (_draining) parts["process"] = "draining";
        var answers = await DatabaseAnswers(ct);
        parts["database"] = answers ? "up" : "down";
        if (!answers && !settings.Roles.HasFlag(Roles.Gateway)) ready = false;
        foreach (var gate in gates)
        {
            var open = gate.IsReady;
            parts[gate.Name] = open ? "ready" : "waiting";
            ready &= open;
        }
        return (ready, parts);
    }

    // Asked at most once a second, however often the page is read.
    private async Task<bool> DatabaseAnswers(CancellationToken ct)
    {
        await _asking.WaitAsync(ct);
        try
        {
            if (_askedAt != 0 && TimeProvider.System.GetElapsedTime(_askedAt) < DatabaseAnswerKept) return _databaseAnswered;
            _databaseAnswered = await Ask(ct);
            _askedAt = TimeProvider.System.GetTimestamp();
            return _databaseAnswered;
        }
        finally
        {
            _asking.Release();
        }
    }

    private async Task<bool> Ask(CancellationToken ct)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(DatabaseTimeout);
        try
        {
            await using var connection = await database.OpenConnectionAsync(timeout.Token);
            await using var command = new NpgsqlCommand("select 1", connection);
            await command.ExecuteScalarAsync(timeout.Token);
            return true;
        }
        catch (Exception error) when (
            error is NpgsqlException or TimeoutException
                || (error is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return false;
        }
    }
}
