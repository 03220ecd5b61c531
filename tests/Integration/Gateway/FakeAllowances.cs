using System.Collections.Concurrent;
using Sluice.Gateway;

namespace Sluice.Integration.Gateway;

/// <summary>Leases out of memory, exact like the real one; can play a database that is away.</summary>
public sealed class FakeAllowances : IAllowanceSource
{
    private readonly ConcurrentDictionary<AllowanceQuota, long> _leased = new();

    /// <summary>Whether every lease fails as without a database.</summary>
    public bool Away { get; set; }

    /// <summary>Leases asked for.</summary>
    public int Leases { get; private set; }

    public Task<AllowanceGrant> Lease(AllowanceQuota quota, long limit, long least, long wanted, CancellationToken ct)
    {
        if (Away) throw new TimeoutException("The database is away.");
        lock (_leased)
        {
            Leases++;
            var left = limit - _leased.GetValueOrDefault(quota);
            var granted = left < least ? 0 : Math.Min(wanted, left);
            _leased[quota] = limit - left + granted;
            return Task.FromResult(new AllowanceGrant(granted, left - granted, 0));
        }
    }

    public Task Return(AllowanceQuota quota, long units, CancellationToken ct)
    {
        lock (_leased) _leased[quota] = _leased.GetValueOrDefault(quota) - units;
        return Task.CompletedTask;
    }
}

/// <summary>All keys are known already.</summary>
public sealed class NoMoreKeys : IKeySource
{
    public Task CatchUp(CancellationToken ct) => Task.CompletedTask;
}
