using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.SignIn;

/// <summary>
/// Counts attempts in the database, so that all processes agree. An attempt is counted before it is made, and given back when
/// it was none: many at once cannot pass the count together.
/// </summary>
internal sealed class Attempts(NpgsqlDataSource source, IUnitsOfWork units, TimeProvider time, SecurityLog log)
{
    /// <summary>Counts one attempt against all of these; or the refusal, with the time to wait, and nothing is counted.</summary>
    public async Task<Refusal?> Take(Counter[] counters, CancellationToken ct)
    {
        // In one order everywhere, so that no two wait for each other.
        Array.Sort(counters, (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        var keys = Array.ConvertAll(counters, counter => counter.Key);
        var now = time.GetMicros();
        // Who has to wait is told so without a lock and without a write.
        var seen = await source.Statement("SELECT key, count, at FROM tenants.attempts WHERE key = ANY($1)", (object)keys).Rows(
            Read, ct);
        if (Wait(counters, seen, now) is { } early) return TooMany(counters, early);

        await using var work = await units.Begin(ct);
        await work.Execute("""
            INSERT INTO tenants.attempts (key, count, at, forgotten_at)
            SELECT key, 0, $2::timestamptz, $2::timestamptz
            FROM unnest($1::bytea[]) WITH ORDINALITY AS k (key, place) ORDER BY place
            ON CONFLICT (key) DO NOTHING
            """, [keys, now], ct);
        var held = await work.Statement(
            "SELECT key, count, at FROM tenants.attempts WHERE key = ANY($1) ORDER BY key FOR UPDATE", (object)keys).Rows(
                Read, ct);
        if (Wait(counters, held, now) is { } wait) return TooMany(counters, wait);
        foreach (var counter in counters)
        {
            var taken = counter.Limit.Take(TallyOf(counter, held), now);
            await work.Execute(
                "UPDATE tenants.attempts SET count = $2, at = $3, forgotten_at = $4 WHERE key = $1",
                [counter.Key, taken.Count, taken.At, counter.Limit.ForgottenAt(taken)], ct);
        }
        await work.Commit(ct);
        return null;
    }

    /// <summary>An attempt that succeeded does not count.</summary>
    public Task GiveBack(Counter[] counters, CancellationToken ct) =>
        Execute("UPDATE tenants.attempts SET count = greatest(count - 1, 0) WHERE key = ANY($1)", counters, ct);

    /// <summary>Nothing counts any more.</summary>
    public Task Clear(Counter[] counters, CancellationToken ct) =>
        Execute("DELETE FROM tenants.attempts WHERE key = ANY($1)", counters, ct);

    private async Task Execute(string sql, Counter[] counters, CancellationToken ct)
    {
        await using var command = source.Statement(sql, [Array.ConvertAll(counters, counter => counter.Key)]);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static TimeSpan? Wait(Counter[] counters, List<Counted> counted, DateTimeOffset now)
    {
        var longest = TimeSpan.Zero;
        foreach (var counter in counters)
        {
            var wait = counter.Limit.Wait(TallyOf(counter, counted), now);
            if (wait > longest) longest = wait;
        }
        return longest > TimeSpan.Zero ? longest : null;
    }

    private static Tally TallyOf(Counter counter, List<Counted> counted) =>
        counted.Find(one => one.Key.AsSpan().SequenceEqual(counter.Key))?.Tally ?? default;

    private static Counted Read(NpgsqlDataReader row) => new(
        row.GetFieldValue<byte[]>(0), new Tally(row.GetInt32(1), row.GetFieldValue<DateTimeOffset>(2)));

    private Refusal TooMany(Counter[] counters, TimeSpan wait)
    {
        log.TooMany(counters.Select(counter => counter.Kind).Order(StringComparer.Ordinal), wait);
        return new("auth.too-many", $"There were too many attempts. Try again in {Words(wait)}.", 429) { RetryAfter = wait };
    }

    private static string Words(TimeSpan wait) => wait.TotalMinutes >= 2
        ? $"{Math.Ceiling(wait.TotalMinutes):0} minutes"
        : $"{Math.Max(1, Math.Ceiling(wait.TotalSeconds)):0} seconds";

    private sealed record Counted(byte[] Key, Tally Tally);
}

/// <summary>What is counted, and how much of it is allowed. The table holds a hash: it tells no address.</summary>
internal readonly record struct Counter(byte[] Key, string Kind, Lockout Limit)
{
    public static Counter Of(string kind, string subject, Lockout limit) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\n{subject}")), kind, limit);
}
