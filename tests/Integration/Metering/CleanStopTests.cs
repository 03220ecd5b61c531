using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sluice.Gateway.Usage;
using Sluice.Host.Settings;
using Sluice.Host.Wiring;
using Sluice.Integration.Postgres;
using Sluice.Kernel.Journal;
using Sluice.Platform.Metering;
using Xunit;

namespace Sluice.Integration.Metering;

public sealed class CleanStopTests(PostgresCluster postgres) : IDisposable
{
    private const int CallsMax = 500_000;

    private readonly string _folder = MeteringSetup.NewFolder();

    [Fact]
    public async Task Clean_stop_counts_all_closes_the_journal_and_frees_its_leases_under_calls_that_do_not_end()
    {
        var connection = await postgres.CreateDatabase();
        await using var watch = new MeteringSetup(connection, _folder);
        var journal = RealJournal.Open(_folder, slots: 512);
        var (key, day) = (Guid.CreateVersion7(), TimeProvider.System.GetUtcNow());
        var quota = new QuotaKey(key, QuotaScopes.KeyDay, DateOnly.FromDateTime(day.UtcDateTime));
        using var host = Host(connection, journal);
        await host.StartAsync();
        var allowances = host.Services.GetRequiredService<IAllowances>();
        Assert.Equal(400_000, (await allowances.Lease(journal.Id, quota, 2_000_000, 1, 400_000)).Granted);
        // Calls that outlived the drain: they go on until the journal refuses, or far longer than a stop takes.
        var accepted = 0L;
        var calls = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            var record = MeteringSetup.Record(key, 2, day) with { Kind = RecordKind.Usage, Quotas = QuotaScopes.KeyDay };
            for (var i = 1; i < CallsMax && journal.TryAppend(record); i++)
            {
                Interlocked.Increment(ref accepted);
                // A pace, so that the calls outlast the stop without filling the disk.
                if (i % 50 == 0) await Task.Delay(1);
            }
        })));
        Assert.True(SpinWait.SpinUntil(() => Interlocked.Read(ref accepted) > 5_000, TimeSpan.FromSeconds(20)));
        await host.StopAsync();
        await calls;
        journal.Dispose();

        Assert.Equal(accepted, await watch.Number("SELECT sum(calls) FROM metering.minutes"));
        Assert.Equal(2 * accepted, await watch.Number("SELECT leased FROM metering.quotas"));
        Assert.Equal(0, await watch.Number("SELECT sum(holes) FROM metering.journals WHERE state = 'closed'"));
        Assert.Equal(0, await watch.Journals.TakeOver(_folder));
    }

    private IHost Host(string connection, UsageJournal journal)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(NpgsqlDataSource.Create(connection));
        builder.Services.AddSingleton(new HostSettings { Addresses = [], DataDirectory = _folder });
        builder.Services.AddSingleton(journal);
        builder.Services.AddOwnJournal();
        builder.Services.AddMetering(pump: true);
        builder.Services.Configure<MeteringOptions>(o => o.JournalsDirectory = _folder);
        return builder.Build();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
