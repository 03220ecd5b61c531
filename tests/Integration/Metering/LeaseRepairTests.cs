using Npgsql;
using Sluice.Gateway.Usage;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Kernel.Journal;
using Sluice.Platform.Metering;
using Xunit;

namespace Sluice.Integration.Metering;

/// <summary>Units whose grant or return got lost between a process and the database, and reclaims between processes.</summary>
public sealed class LeaseRepairTests(PostgresCluster postgres) : IDisposable
{
    private readonly string _folder = MeteringSetup.NewFolder();
    private readonly JournalId _journal = WireId.New<JournalId>();
    private readonly QuotaKey _quota = new(Guid.CreateVersion7(), QuotaScopes.PlanDay, new DateOnly(2026, 3, 31));

    [Fact]
    public async Task Grant_whose_answer_was_lost_is_handed_out_by_the_next_call_and_not_again()
    {
        await using var process = new MeteringSetup(await postgres.CreateDatabase(), _folder);
        Assert.Equal(100, (await process.Allowances.Lease(_journal, _quota, 1000, 1, 100)).Granted);
        await Number(process, Lease(known: 100, turn: 2, wanted: 60));
        Assert.Equal(160, await process.Number("SELECT leased FROM metering.quotas"));
        // The process has heard of 100; its next turn numbers begin anew behind the lost one's.
        await process.Allowances.Return(_journal, _quota, 1);
        Assert.Equal(61, (await process.Allowances.Lease(_journal, _quota, 1000, 1, 1)).Granted);
        Assert.Equal(160, await process.Number("SELECT leased FROM metering.quotas"));
        Assert.Equal(1, (await process.Allowances.Lease(_journal, _quota, 1000, 1, 1)).Granted);
        Assert.Equal(161, await process.Number("SELECT leased FROM metering.quotas"));
    }

    [Fact]
    public async Task Spending_beyond_a_lease_is_settled_by_the_next_run_when_the_first_was_cut_off()
    {
        var connection = await postgres.CreateDatabase();
        using var journal = new TestJournal(_folder);
        journal.Append(Soft(7));
        await using (var first = new MeteringSetup(connection, _folder))
        {
            await first.Journals.Pump(journal.Id, journal.Folder, ownerDead: false);
            // As it stands between the commit of a fold and the settling behind it.
            await first.Execute("UPDATE metering.leases SET granted = 0; DELETE FROM metering.quotas");
        }
        await using var next = new MeteringSetup(connection, _folder);
        await next.Journals.Pump(journal.Id, journal.Folder, ownerDead: false);
        Assert.Equal(7, await next.Number("SELECT leased FROM metering.quotas"));
    }

    [Fact]
    public async Task Settling_counts_in_the_quota_what_is_folded_meanwhile()
    {
        await using var process = new MeteringSetup(await postgres.CreateDatabase(), _folder);
        using var journal = new TestJournal(_folder);
        journal.Append(Soft(7));
        await process.Journals.Pump(journal.Id, journal.Folder, ownerDead: false);
        await process.Execute("UPDATE metering.leases SET granted = 0; UPDATE metering.quotas SET leased = 0");
        await using var holder = await process.Database.OpenConnectionAsync();
        await using var held = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("SELECT 1 FROM metering.quotas FOR UPDATE", holder)) await hold.ExecuteScalarAsync();
        // A process that was killed leaves its settling behind in the database; a takeover folds on beside it.
        var settling = process.Execute($"SELECT metering.settle('{journal.Id.Value}')");
        await Until.True(async () => await Waiting(process) == 1, "settling waits for the quota");
        journal.Append(Soft(5, Guid.CreateVersion7()));
        var folding = process.Journals.Pump(journal.Id, journal.Folder, ownerDead: false);
        await Until.True(async () => folding.IsCompleted || await Waiting(process) > 1, "the fold is through or waits");
        await held.CommitAsync();
        await settling;
        await folding;
        Assert.Equal(12, await process.Number("SELECT sum(granted) FROM metering.leases"));
        Assert.Equal(12, await process.Number("SELECT sum(leased) FROM metering.quotas"));
    }

    private static Task<long> Waiting(MeteringSetup process) => process.Number(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");

    private static JournalRecord Soft(long units, Guid? key = null)
    {
        var at = new DateTimeOffset(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);
        return MeteringSetup.Record(key ?? Guid.CreateVersion7(), units, at) with { Quotas = QuotaScopes.KeyDay };
    }

    [Fact]
    public async Task Return_that_the_database_did_not_hear_is_handed_out_again()
    {
        var (server, connection) = await PostgresCluster.CreateDedicated();
        await using var disposing = server;
        await using var process = new MeteringSetup(connection, _folder);
        Assert.Equal(100, (await process.Allowances.Lease(_journal, _quota, 1000, 1, 100)).Granted);
        await server.Stop();
        await process.Allowances.Return(_journal, _quota, 40);
        await server.Start();
        NpgsqlConnection.ClearAllPools();
        Assert.Equal(40, (await process.Allowances.Lease(_journal, _quota, 1000, 1, 100)).Granted);
        Assert.Equal(100, await process.Number("SELECT leased FROM metering.quotas"));
    }

    [Fact]
    public async Task Units_of_a_lost_return_that_records_spent_meanwhile_are_not_handed_out()
    {
        await using var process = new MeteringSetup(await postgres.CreateDatabase(), _folder);
        Assert.Equal(100, await Number(process, Lease(known: 0, turn: 1, wanted: 100)));
        // The process returned all of it, which never arrived, and 60 were spent by records while the quota was soft.
        await process.Execute("UPDATE metering.leases SET spent = 60");
        Assert.Equal(40, await Number(process, Lease(known: 0, turn: 2, wanted: 10)));
        Assert.Equal(10, await Number(process, Lease(known: 40, turn: 3, wanted: 10)));
        Assert.Equal(110, await process.Number("SELECT leased FROM metering.quotas"));
    }

    [Fact]
    public async Task Calls_that_arrive_after_later_ones_change_nothing()
    {
        await using var process = new MeteringSetup(await postgres.CreateDatabase(), _folder);
        Assert.Equal(50, await Number(process, Lease(known: 0, turn: 1, wanted: 50)));
        // Turn 2 was to return 20 and got stuck on its way; turn 3 is handed those 20 as lost.
        Assert.Equal(20, await Number(process, Lease(known: 30, turn: 3, wanted: 20)));
        Assert.Equal(0, await Number(process, GiveBack(known: 30, turn: 2)));
        Assert.Equal(50, await process.Number("SELECT leased FROM metering.quotas"));
        // Turn 4 was a lease that got stuck; turn 5 returned 20, and a grant on top of what it knew would count them twice.
        Assert.Equal(20, await Number(process, GiveBack(known: 30, turn: 5)));
        await Assert.ThrowsAsync<PostgresException>(() => Number(process, Lease(known: 50, turn: 4, wanted: 10)));
        Assert.Equal(30, await process.Number("SELECT leased FROM metering.quotas"));
    }

    [Fact]
    public async Task Return_is_told_to_the_database_also_when_its_caller_has_given_up_waiting()
    {
        await using var process = new MeteringSetup(await postgres.CreateDatabase(), _folder);
        await process.Allowances.Lease(_journal, _quota, 1000, 1, 100);
        using var limit = new CancellationTokenSource();
        await limit.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => process.Allowances.Return(_journal, _quota, 40, limit.Token));
        // The units were let go of: they are free for whoever asks next.
        Assert.Equal(40, (await process.Allowances.Lease(_journal, _quota, 100, 1, 40)).Granted);
    }

    [Fact]
    public async Task Units_that_one_process_holds_go_to_the_one_that_needs_them()
    {
        var connection = await postgres.CreateDatabase();
        using var journal = RealJournal.Open(_folder);
        using var other = RealJournal.Open(_folder);
        await using var holder = await RunningMetering.Start(connection, _folder, journal);
        await using var asker = await RunningMetering.Start(connection, _folder, other);
        var held = 0L;
        while ((await holder.Allowances.Lease(journal.Id, _quota, 100, 1, 100)).Granted is > 0 and var granted) held += granted;
        Assert.Equal(100, held);
        holder.Allowances.Reclaimed = quota =>
        {
            if (quota == _quota) _ = holder.Allowances.Return(journal.Id, quota, 70);
        };
        asker.Allowances.Reclaimed = _ => throw new InvalidOperationException("A process hears its own reclaim.");
        var got = 0L;
        await Until.True(
            async () => (got += (await asker.Allowances.Lease(other.Id, _quota, 100, 1, 100)).Granted) >= 70,
            "what the other returned is granted");
        Assert.Equal(70, got);
        await using var watch = new MeteringSetup(connection, _folder);
        Assert.Equal(100, await watch.Number("SELECT leased FROM metering.quotas"));
    }

    private string Lease(long known, long turn, long wanted) =>
        $"SELECT granted FROM metering.lease('{_journal.Value}', '{_quota.Subject}', 16::smallint, '2026-03-31', 1000, 1, {wanted}, {known}, {turn})";

    private string GiveBack(long known, long turn) =>
        $"SELECT metering.give_back('{_journal.Value}', '{_quota.Subject}', 16::smallint, '2026-03-31', {known}, {turn})";

    private static Task<long> Number(MeteringSetup process, string sql) => process.Number(sql);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
