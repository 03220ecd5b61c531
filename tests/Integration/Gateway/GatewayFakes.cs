using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sluice.Gateway;

namespace Sluice.Integration.Gateway;

/// <summary>Quotas in memory: leases in slices, counts what it gave, and can be away.</summary>
public sealed class CountingAllowance : IAllowanceSource
{
    private readonly Lock _gate = new();
    private readonly Dictionary<AllowanceQuota, long> _granted = [];
    private int _leases;

    /// <summary>The most that one lease gives; what is wanted where null.</summary>
    public long? SliceMax { get; set; }

    /// <summary>Whether the database is away.</summary>
    public bool Away { get; set; }

    /// <summary>How long a lease takes.</summary>
    public TimeSpan Slow { get; set; }

    /// <summary>A failure that nobody foresaw, to be thrown by the next leases.</summary>
    public Exception? Bug { get; set; }

    public int Leases => Volatile.Read(ref _leases);

    public long Granted(AllowanceQuota quota)
    {
        lock (_gate) return _granted.GetValueOrDefault(quota);
    }

    public IReadOnlyList<AllowanceQuota> Quotas
    {
        get
        {
            lock (_gate) return [.. _granted.Keys];
        }
    }

    public async Task<AllowanceGrant> Lease(AllowanceQuota quota, long limit, long least, long wanted, CancellationToken ct)
    {
        Interlocked.Increment(ref _leases);
        await Task.Yield();
        if (Slow > TimeSpan.Zero) await Task.Delay(Slow, CancellationToken.None);
        if (Bug is not null) throw Bug;
        if (Away) throw new IOException("The database is away.");
        lock (_gate)
        {
            var before = _granted.GetValueOrDefault(quota);
            var left = limit - before;
            var units = Math.Min(left, Math.Min(wanted, SliceMax ?? wanted));
            if (units < least) units = left >= least ? least : 0;
            _granted[quota] = before + units;
            return new AllowanceGrant(units, left - units, 0);
        }
    }

    public Task Return(AllowanceQuota quota, long units, CancellationToken ct)
    {
        lock (_gate) _granted[quota] -= units;
        return Task.CompletedTask;
    }
}

/// <summary>Counts how often unknown keys made the gateway ask, and applies what a test prepared.</summary>
public sealed class CountingKeySource : IKeySource
{
    private int _asked;

    public int Asked => Volatile.Read(ref _asked);

    public Action OnCatchUp { get; set; } = static () => { };

    public Task CatchUp(CancellationToken ct)
    {
        Interlocked.Increment(ref _asked);
        OnCatchUp();
        return Task.CompletedTask;
    }
}

/// <summary>Every line that was logged, exceptions in full.</summary>
public sealed class CapturedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(LogLevel Level, string Category, string Text)> _lines = new();

    public IReadOnlyList<(LogLevel Level, string Category, string Text)> Lines => [.. _lines];

    public ILogger CreateLogger(string categoryName) => new Writer(this, categoryName);

    public void Dispose()
    {
        // Lines are read after the end, too.
    }

    private sealed class Writer(CapturedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            log._lines.Enqueue((logLevel, category, $"{formatter(state, exception)} {exception}"));
    }
}
