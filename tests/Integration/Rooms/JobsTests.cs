using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Xunit;

namespace Sluice.Integration.Rooms;

public sealed class JobsTests(PostgresCluster postgres)
{
    [Fact]
    public async Task A_fact_whose_subscriber_fails_once_is_delivered_again_and_its_writes_count_once()
    {
        await using var rooms = await Open(failures: 1);
        var fact = new Shipped(WireId.New<AppId>(), 7);
        await Record(rooms, fact, commit: true);
        await Dispatch(rooms, async () => await rooms.Scalar("SELECT count(*) FROM jobs.outbox") == 0);
        Assert.Equal([fact, fact], rooms.Get<FailsAtFirst>().Seen);
        Assert.Equal(1, await rooms.Scalar("SELECT count(*) FROM handled"));
    }

    [Fact]
    public async Task A_fact_of_a_transaction_rolled_back_was_never_recorded()
    {
        await using var rooms = await Open(failures: 0);
        await Record(rooms, new Shipped(WireId.New<AppId>(), 1), commit: false);
        Assert.Equal(0, await rooms.Scalar("SELECT count(*) FROM jobs.outbox"));
        await Record(rooms, new Unheard(), commit: true);
        Assert.Equal(0, await rooms.Scalar("SELECT count(*) FROM jobs.outbox"));
    }

    [Fact]
    public async Task A_subscriber_that_never_succeeds_is_given_up_with_its_error_and_holds_nobody_up()
    {
        await using var rooms = await Open(failures: 3);
        await Record(rooms, new Shipped(WireId.New<AppId>(), 1), commit: true);
        await Dispatch(rooms, async () =>
            await rooms.Scalar("SELECT count(*) FROM jobs.outbox WHERE given_up_at IS NOT NULL") == 1);
        Assert.Equal(1, await rooms.Scalar("SELECT count(*) FROM jobs.outbox WHERE attempts = 3 AND last_error LIKE '%planted%'"));
        await Record(rooms, new Shipped(WireId.New<AppId>(), 2), commit: true);
        await Dispatch(rooms, async () => await rooms.Scalar("SELECT count(*) FROM handled") == 1);
    }

    [Fact]
    public async Task Two_dispatchers_at_once_handle_each_fact_once()
    {
        await using var rooms = await Open(failures: 0);
        for (var i = 0; i < 50; i++) await Record(rooms, new Shipped(WireId.New<AppId>(), i), commit: true);
        await using var second = await Open(failures: 0, rooms.Source.ConnectionString);
        var others = second.Get<IEnumerable<IHostedService>>().ToList();
        foreach (var other in others) await other.StartAsync(CancellationToken.None);
        await Dispatch(rooms, async () => await rooms.Scalar("SELECT count(*) FROM jobs.outbox") == 0);
        foreach (var other in others) await other.StopAsync(CancellationToken.None);
        Assert.Equal(50, await rooms.Scalar("SELECT count(DISTINCT amount) FROM handled"));
        Assert.Equal(50, await rooms.Scalar("SELECT count(*) FROM handled"));
    }

    private async Task<RoomsHost> Open(int failures, string? connectionString = null)
    {
        var rooms = new RoomsHost(connectionString ?? await postgres.CreateDatabase(), services =>
        {
            services.AddJobs(dispatch: true);
            services.Configure<JobsOptions>(o => (o.PollMs, o.BackoffMs, o.AttemptsMax) = (5, 5, 3));
            services.AddSingleton(new FailsAtFirst(failures));
            services.AddSubscriber<Shipped, FailsAtFirst>("tests.shipped");
        });
        await using var command = rooms.Source.CreateCommand("CREATE TABLE IF NOT EXISTS handled (amount int)");
        await command.ExecuteNonQueryAsync();
        return rooms;
    }

    private static async Task Record<T>(RoomsHost rooms, T fact, bool commit) where T : class
    {
        await using var work = await rooms.Units.Begin();
        await rooms.Get<IOutbox>().Record(fact, work);
        if (commit) await work.Commit();
    }

    private static async Task Dispatch(RoomsHost rooms, Func<Task<bool>> until)
    {
        var workers = rooms.Get<IEnumerable<IHostedService>>().ToList();
        foreach (var worker in workers) await worker.StartAsync(CancellationToken.None);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await until()) await Task.Delay(5, limit.Token);
        foreach (var worker in workers) await worker.StopAsync(CancellationToken.None);
    }

    private sealed record Shipped(AppId App, int Amount);

    private sealed record Unheard;

    private sealed class FailsAtFirst(int failures) : ISubscriber<Shipped>
    {
        public List<Shipped> Seen { get; } = [];

        public async Task Handle(Shipped fact, UnitOfWork work, CancellationToken ct = default)
        {
            Seen.Add(fact);
            await using var command = new NpgsqlCommand(
                "INSERT INTO handled VALUES ($1)", (NpgsqlConnection)work.Connection, (NpgsqlTransaction)work.Transaction)
            {
                Parameters = { new() { Value = fact.Amount } },
            };
            await command.ExecuteNonQueryAsync(ct);
            if (Seen.Count <= failures) throw new InvalidOperationException("planted");
        }
    }
}
