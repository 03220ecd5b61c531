using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Kernel.Journal;
using Sluice.Platform.Metering;
using Xunit;

namespace Sluice.Integration.Metering;

public sealed class AllowanceTests(PostgresCluster postgres)
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Quota_is_spent_exactly_by_processes_that_spend_return_and_die(int seed)
    {
        const int limit = 2000;
        var folder = MeteringSetup.NewFolder();
        var connection = await postgres.CreateDatabase();
        await using var watch = new MeteringSetup(connection, folder);
        var quota = new QuotaKey(Guid.CreateVersion7(), QuotaScopes.KeyDay, new DateOnly(2026, 3, 31));
        var spent = await Task.WhenAll(Enumerable.Range(0, 4).Select(
            i => Task.Run(() => Spend(connection, folder, quota, limit, new Random(seed * 100 + i)))));
        await watch.Journals.TakeOver(folder);

        Assert.Equal(limit, spent.Sum());
        Assert.Equal(limit, await watch.Number("SELECT sum(units) FROM metering.minutes"));
        Assert.Equal(limit, await watch.Number("SELECT leased FROM metering.quotas"));
        Assert.Equal(limit, await watch.Number("SELECT sum(spent) FROM metering.leases"));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Lease_follows_a_limit_that_changes()
    {
        var folder = MeteringSetup.NewFolder();
        await using var setup = new MeteringSetup(await postgres.CreateDatabase(), folder);
        var journal = WireId.New<JournalId>();
        var quota = new QuotaKey(Guid.CreateVersion7(), QuotaScopes.AppMonth, new DateOnly(2026, 3, 1));
        Assert.Equal(50, (await setup.Allowances.Lease(journal, quota, 1000, 50, 50)).Granted);
        Assert.Equal(0, (await setup.Allowances.Lease(journal, quota, 40, 1, 50)).Granted);
        Assert.Equal(1, (await setup.Allowances.Lease(journal, quota, 51, 1, 50)).Granted);
        await setup.Allowances.Return(journal, quota, 51);
        Assert.Equal(0, await setup.Number("SELECT leased FROM metering.quotas"));
        Directory.Delete(folder, recursive: true);
    }

    // A process: leases, spends a unit a call, gives some back now and then, dies and starts anew with a new journal.
    private static async Task<long> Spend(string connection, string folder, QuotaKey quota, long limit, Random random)
    {
        var spent = 0L;
        while (true)
        {
            await using var process = new MeteringSetup(connection, folder);
            using var journal = new TestJournal(folder, slots: 256);
            var held = 0L;
            for (var step = random.Next(50, 200); step > 0; step--)
            {
                if (held == 0)
                {
                    var grant = await process.Allowances.Lease(journal.Id, quota, limit, 1, random.Next(1, 60));
                    held = grant.Granted;
                    if (held == 0 && grant is { HeldElsewhere: 0, Unleased: 0 })
                    {
                        journal.Die();
                        await process.Journals.TakeOver(folder);
                        // Nothing is left, and nobody holds what could come back.
                        return spent;
                    }
                    if (held == 0) await Task.Yield();
                    continue;
                }
                if (random.Next(20) == 0)
                {
                    await process.Allowances.Return(journal.Id, quota, held);
                    held = 0;
                    continue;
                }
                var record = MeteringSetup.Record(quota.Subject, 1, Noon);
                record.Quotas = quota.Scope;
                journal.Append(record);
                (held, spent) = (held - 1, spent + 1);
                if (random.Next(30) == 0) await process.Journals.Pump(journal.Id, journal.Folder, ownerDead: false);
            }
            journal.Die();
            await process.Journals.TakeOver(folder);
        }
    }
}
