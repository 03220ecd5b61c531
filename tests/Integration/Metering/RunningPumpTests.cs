using System.Diagnostics.Metrics;
using Npgsql;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Platform.Metering;
using Xunit;

namespace Sluice.Integration.Metering;

/// <summary>The pump over the gateway's own journal: killed, restarted, without a database.</summary>
public sealed class RunningPumpTests(PostgresCluster postgres) : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = MeteringSetup.NewFolder();
    private readonly Guid _key = Guid.CreateVersion7();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Pump_that_is_killed_at_random_counts_what_threads_append_over_many_segments_exactly(int seed)
    {
        const int threads = 4, records = 2500;
        var random = new Random(seed);
        var connection = await postgres.CreateDatabase();
        await using var watch = new MeteringSetup(connection, _folder);
        using (var journal = RealJournal.Open(_folder))
        {
            var filling = RealJournal.Fill(journal, _key, threads, records, Noon);
            for (var life = 0; life < 12 || !filling.IsCompleted; life++)
            {
                // A pump's life ends anywhere: while it reads, inside the transaction, before the answer to its commit.
                await using var process = new MeteringSetup(connection, _folder);
                using var death = new CancellationTokenSource();
                var pumping = Task.Run(async () =>
                {
                    while (true) await process.Journals.Pump(journal.Id, journal.Directory, ownerDead: false, death.Token);
                });
                death.CancelAfter(random.Next(1, 60));
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pumping);
            }
            await filling;
            Assert.Equal(0, await watch.Journals.TakeOver(_folder));
        }
        Assert.Equal(1, await watch.Journals.TakeOver(_folder));

        foreach (var table in new[] { "minutes", "hours" })
        {
            Assert.Equal(threads * records, await watch.Number($"SELECT sum(calls) FROM metering.{table}"));
            Assert.Equal(2 * threads * records, await watch.Number($"SELECT sum(units) FROM metering.{table}"));
        }
        Assert.Equal(5, await watch.Number("SELECT count(DISTINCT method) FROM metering.minutes WHERE method LIKE 'method-%'"));
        Assert.Equal(2 * threads * records, await watch.Number("SELECT sum(spent) FROM metering.leases"));
        Assert.Equal(2 * threads * records, await watch.Number("SELECT sum(leased) FROM metering.quotas"));
        Assert.Equal(0, await watch.Number("SELECT sum(holes) FROM metering.journals"));
    }

    [Fact]
    public async Task Services_go_on_when_the_database_stops_and_starts_and_the_lag_tells()
    {
        var (server, connection) = await PostgresCluster.CreateDedicated();
        await using var disposing = server;
        using var journal = RealJournal.Open(_folder);
        await using var watch = new MeteringSetup(connection, _folder);
        await using var process = await RunningMetering.Start(connection, _folder, journal, TakeoverMode.Always);
        RealJournal.Append(journal, _key, process.Time.GetUtcNow());
        await Until.True(() => Counts(watch, 1), "the first record is counted");
        await Until.True(() => Lag() == 0, "no lag");

        await server.Stop();
        NpgsqlConnection.ClearAllPools();
        for (var i = 0; i < 999; i++) RealJournal.Append(journal, _key, process.Time.GetUtcNow());
        process.Time.Advance(TimeSpan.FromSeconds(90));
        await Until.True(() => Lag() >= 90, "the lag is the oldest record's age");

        // A gateway process that died meanwhile: its journal waits for the database as well.
        var dead = RealJournal.Open(_folder);
        RealJournal.Append(dead, _key, process.Time.GetUtcNow());
        dead.Dispose();
        await server.Start();
        await Until.True(() => Counts(watch, 1001), "all is counted", TimeSpan.FromSeconds(60));
        await Until.True(() => Lag() == 0, "no lag again");
        await Until.True(
            async () => await watch.Number("SELECT count(*) FROM metering.journals WHERE state = 'closed'") == 1,
            "the dead journal is closed");
    }

    [Fact]
    public async Task Idle_process_folds_again_what_a_restored_database_does_not_know()
    {
        using var journal = RealJournal.Open(_folder);
        var connection = await postgres.CreateDatabase();
        await using var watch = new MeteringSetup(connection, _folder);
        await using var process = await RunningMetering.Start(connection, _folder, journal, TakeoverMode.Always);
        for (var i = 0; i < 500; i++) RealJournal.Append(journal, _key, Noon);
        await Until.True(() => Counts(watch, 500), "all is counted");
        await Until.True(
            () => Directory.Exists(Path.Combine(journal.Directory, "archive")) || Tidied(process), "segments are archived");

        await Run(watch, "TRUNCATE metering.minutes, metering.hours, metering.leases, metering.quotas, metering.journals");
        process.Time.Advance(TimeSpan.FromSeconds(11));
        await Until.True(() => Counts(watch, 500), "all is counted again");
    }

    private static bool Tidied(RunningMetering process)
    {
        process.Time.Advance(TimeSpan.FromSeconds(5));
        return false;
    }

    private static async Task Run(MeteringSetup setup, string sql)
    {
        await using var command = setup.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<bool> Counts(MeteringSetup setup, long calls)
    {
        try
        {
            return await setup.Number("SELECT COALESCE(sum(calls), 0)::bigint FROM metering.minutes") == calls;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    // Of all pumps in this test's process; the others have none or are idle.
    private static double Lag()
    {
        var lag = 0.0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "sluice.metering.pump.lag") l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => lag = Math.Max(lag, value));
        listener.Start();
        listener.RecordObservableInstruments();
        return lag;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
