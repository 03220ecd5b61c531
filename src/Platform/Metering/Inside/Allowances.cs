using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// Leases from the database. Keeps what each quota handed to this process, so that a grant or a return whose answer
/// was lost with the connection is put right by the next call.
/// </summary>
internal sealed partial class Allowances(
    NpgsqlDataSource database, MeteringMetrics metrics, TimeProvider time, ILogger<Allowances> log) : IAllowances
{
    /// <summary>Reclaims between processes. The name is the first version's: processes of two versions hear each other.</summary>
    public const string ReclaimChannel = "sluice_recall";

    private const int KnownMax = 100_000;

    private readonly ConcurrentDictionary<(JournalId, QuotaKey), long> _known = [];
    private readonly ConcurrentDictionary<JournalId, byte> _journals = [];
    private long _turn;

    /// <summary>One call a quota at a time: two would take each other's grant for a lost one.</summary>
    private readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    public Action<QuotaKey>? Reclaimed { get; set; }

    public async Task<LeaseGrant> Lease(
        JournalId journal, QuotaKey quota, long limit, long least, long wanted, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        ArgumentOutOfRangeException.ThrowIfLessThan(least, 1);
        _journals.TryAdd(journal, 0);
        var gate = _gates[(uint)quota.GetHashCode() % _gates.Length];
        await gate.WaitAsync(ct);
        try
        {
            var known = _known.GetValueOrDefault((journal, quota));
            var grant = await Ask(journal, quota, limit, least, Math.Max(least, wanted), known, ct);
            if (grant.Granted > 0) _known[(journal, quota)] = known + grant.Granted;
            if (_known.Count > KnownMax) ForgetPast();
            metrics.Leased(grant.Granted);
            return grant;
        }
        finally
        {
            gate.Release();
        }
    }

    public async Task Return(JournalId journal, QuotaKey quota, long units, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(units);
        if (units == 0) return;
        var gate = _gates[(uint)quota.GetHashCode() % _gates.Length];
        // Not to be given up halfway: the caller has let go of the units already.
        await gate.WaitAsync(CancellationToken.None);
        try
        {
            var known = _known[(journal, quota)] = Math.Max(0, _known.GetValueOrDefault((journal, quota)) - units);
            await using var command = Command(
                "SELECT metering.give_back($1, $2, $3, $4, $5, $6)", journal, quota, known, Turn());
            await command.ExecuteNonQueryAsync(ct);
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException)
        {
            // They are given up all the same. If the database did not hear it, the next lease hands them out again.
            LogNotReturned(units, quota, error.Message);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Takes a notification of another process and passes it on.</summary>
    public void Hear(string payload)
    {
        if (!TryParse(payload, out var journal, out var quota) || _journals.ContainsKey(journal)) return;
        Reclaimed?.Invoke(quota);
    }

    private async Task<LeaseGrant> Ask(
        JournalId journal, QuotaKey quota, long limit, long least, long wanted, long known, CancellationToken ct)
    {
        await using var command = Command(
            "SELECT granted, unleased, held_elsewhere FROM metering.lease($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            journal, quota, limit, least, wanted, known, Turn());
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new LeaseGrant(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
    }

    // A call that was given up may still reach the database, after one that came later: then it must do nothing.
    private long Turn() => Interlocked.Increment(ref _turn);

    private NpgsqlCommand Command(string sql, JournalId journal, QuotaKey quota, params ReadOnlySpan<long> values)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = journal.Value });
        command.Parameters.Add(new() { Value = quota.Subject });
        command.Parameters.Add(new() { Value = (short)quota.Scope });
        command.Parameters.Add(new() { Value = quota.Period, NpgsqlDbType = NpgsqlDbType.Date });
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    private void ForgetPast()
    {
        // Two months: a month's quota is asked for until its last call ends, a day or so into the next.
        var before = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(-62);
        foreach (var entry in _known.Keys)
            if (entry.Item2.Period < before || (IsDay(entry.Item2.Scope) && entry.Item2.Period < before.AddDays(59)))
                _known.TryRemove(entry, out _);
    }

    private static bool IsDay(QuotaScopes scope) =>
        (scope & (QuotaScopes.KeyDay | QuotaScopes.AppDay | QuotaScopes.PlanDay)) != QuotaScopes.None;

    private static bool TryParse(string payload, out JournalId journal, out QuotaKey quota)
    {
        (journal, quota) = (default, default);
        var parts = payload.Split(',');
        if (parts.Length != 4 || !Guid.TryParse(parts[0], out var from) || !Guid.TryParse(parts[1], out var subject)
            || !byte.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var scope)
            || !DateOnly.TryParseExact(
                parts[3], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var period)) return false;
        journal = new JournalId(from);
        quota = new QuotaKey(subject, (QuotaScopes)scope, period);
        return true;
    }

    [LoggerMessage(6030, LogLevel.Warning, "{Units} units of {Quota} could not be given back now: {Reason}")]
    private partial void LogNotReturned(long units, QuotaKey quota, string reason);
}
