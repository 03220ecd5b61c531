using Npgsql;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Kernel.Journal;
using Sluice.Platform.Metering;
using Xunit;

namespace Sluice.Integration.Metering;

public sealed class PumpTests(PostgresCluster postgres)
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Pump_counts_each_record_once_when_two_pump_and_connections_are_killed()
    {
        var folder = MeteringSetup.NewFolder();
        var connection = await postgres.CreateDatabase();
        await using var one = new MeteringSetup(connection, folder);
        await using var two = new MeteringSetup(connection, folder);
        using var journal = new TestJournal(folder);
        var key = Guid.CreateVersion7();
        const int records = 3000;
        using var done = new CancellationTokenSource();
        var killer = Task.Run(() => Kill(one.Database, done.Token));
        var pumps = new[] { one, two }.Select(s => Task.Run(() => PumpUntil(s, journal, done.Token))).ToArray();
        for (var i = 0; i < records; i++)
        {
            journal.Append(MeteringSetup.Record(key, 3, Noon.AddSeconds(i)));
            if (i % 50 == 0) await Task.Yield();
        }
        await done.CancelAsync();
        await killer;
        await Task.WhenAll(pumps);
        journal.Die();
        Assert.Equal(1, await Retry(() => one.Journals.TakeOver(folder)));

        foreach (var table in new[] { "minutes", "hours" })
        {
            Assert.Equal(records, await one.Number($"SELECT sum(calls) FROM metering.{table} WHERE method = 'eth_call'"));
            Assert.Equal(3 * records, await one.Number($"SELECT sum(units) FROM metering.{table} WHERE service = 'eth'"));
        }
        Assert.Equal(records, await one.Number("SELECT sum(records) FROM metering.journals"));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Takeover_steps_over_holes_and_torn_records_and_gives_leases_back()
    {
        var folder = MeteringSetup.NewFolder();
        await using var setup = new MeteringSetup(await postgres.CreateDatabase(), folder);
        using var journal = new TestJournal(folder);
        var key = Guid.CreateVersion7();
        await setup.Journals.Register(journal.Id, journal.Folder, null);
        var quota = new QuotaKey(key, QuotaScopes.KeyDay, new DateOnly(2026, 3, 31));
        var grant = await setup.Allowances.Lease(journal.Id, quota, 1000, 1, 200);
        Assert.Equal(200, grant.Granted);
        for (var i = 0; i < 100; i++)
        {
            var record = MeteringSetup.Record(key, 1, Noon);
            record.Quotas = QuotaScopes.KeyDay;
            if (i % 10 == 3) journal.Hole();
            else if (i % 10 == 7) journal.Torn(record);
            else journal.Append(record);
        }
        await setup.Journals.Pump(journal.Id, journal.Folder, ownerDead: false);
        Assert.Equal(3, await setup.Number("SELECT sum(calls) FROM metering.minutes"));
        Assert.Equal(0, await setup.Journals.TakeOver(folder));

        journal.Die();
        Assert.Equal(1, await setup.Journals.TakeOver(folder));
        Assert.Equal(0, await setup.Journals.TakeOver(folder));
        Assert.Equal(80, await setup.Number("SELECT sum(calls) FROM metering.minutes"));
        Assert.Equal(20, await setup.Number("SELECT sum(holes) FROM metering.journals"));
        Assert.Equal(80, await setup.Number("SELECT leased FROM metering.quotas"));
        await Assert.ThrowsAsync<PostgresException>(() => setup.Allowances.Lease(journal.Id, quota, 1000, 1, 1));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Pump_charges_the_day_and_month_of_the_admission()
    {
        var folder = MeteringSetup.NewFolder();
        await using var setup = new MeteringSetup(await postgres.CreateDatabase(), folder);
        using var journal = new TestJournal(folder);
        var key = Guid.CreateVersion7();
        foreach (var at in new[] { "2026-03-31T23:59:59.999Z", "2026-04-01T00:00:00Z" })
        {
            var record = MeteringSetup.Record(
                key, 5, DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture));
            record.Quotas = QuotaScopes.KeyDay | QuotaScopes.PlanMonth;
            journal.Append(record);
        }
        await setup.Journals.Pump(journal.Id, journal.Folder, ownerDead: false);
        foreach (var (scope, period) in new[] { (1, "2026-03-31"), (1, "2026-04-01"), (32, "2026-03-01"), (32, "2026-04-01") })
        {
            Assert.Equal(5, await setup.Number(
                $"SELECT leased FROM metering.quotas WHERE scope = {scope} AND period = '{period}'"));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Usage_and_log_tell_what_was_recorded_to_its_own_organization_only()
    {
        var folder = MeteringSetup.NewFolder();
        await using var setup = new MeteringSetup(await postgres.CreateDatabase(), folder);
        using var journal = new TestJournal(folder);
        var (mine, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        for (var i = 0; i < 90; i++)
            journal.Append(MeteringSetup.Record(i % 3 == 0 ? mine : other, 2, Noon.AddMinutes(i), i % 2 == 0 ? 200 : 429));
        await setup.Journals.Pump(journal.Id, journal.Folder, ownerDead: false);
        var me = new Actor(ActorKind.Organization, "me", new OrganizationId(mine));

        foreach (var bucket in Enum.GetValues<UsageBucket>())
        {
            var usage = await setup.Usage.Usage(
                new UsageQuery(null, Noon.AddMinutes(10), Noon.AddMinutes(80), bucket, ["service", "status"]), me);
            Assert.Equal(23, usage.Value.Sum(r => r.Calls));
            Assert.Equal(46, usage.Value.Sum(r => r.Units));
            Assert.All(usage.Value, r => Assert.Equal("eth", r.Service));
            Assert.Equal([2, 4], usage.Value.Select(r => r.StatusClass!.Value).Distinct().Order());
        }
        var log = await setup.Usage.Log(new LogQuery(null, Noon, Noon.AddHours(2), Limit: 7), me);
        Assert.Equal(7, log.Value.Count);
        Assert.Equal(Noon.AddMinutes(87), log.Value[0].At);
        Assert.Equal("eth_call", log.Value[0].Method);
        Assert.True(log.Value.Zip(log.Value.Skip(1)).All(p => p.First.At > p.Second.At));
        Assert.Equal(403, (await setup.Usage.Log(
            new LogQuery(new OrganizationId(other), Noon, Noon.AddHours(2)), me)).Refusal!.Status);
        Assert.Equal(400, (await setup.Usage.Usage(
            new UsageQuery(null, Noon, Noon.AddHours(1), UsageBucket.Day, ["color"]), me)).Refusal!.Status);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task PumpUntil(MeteringSetup setup, TestJournal journal, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
            await Retry(() => setup.Journals.Pump(journal.Id, journal.Folder, ownerDead: false, CancellationToken.None));
    }

    private static async Task Kill(NpgsqlDataSource database, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            await Retry(async () =>
            {
                await using var kill = database.CreateCommand(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1
                    """);
                return await kill.ExecuteNonQueryAsync(CancellationToken.None);
            });
        }
    }

    private static async Task<T> Retry<T>(Func<Task<T>> verb)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await verb();
            }
            catch (NpgsqlException) when (attempt < 1000)
            {
                await Task.Yield();
            }
        }
    }
}
