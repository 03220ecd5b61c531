using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sluice.Integration.Processes;
using Sluice.Integration.Rooms;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Jobs;
using Sluice.Platform.Notices;
using Sluice.Platform.Tenants;

namespace Sluice.Integration.Notices;

/// <summary>Notices and what it stands on, over a real database; its workers run once started.</summary>
internal sealed class NoticesRooms : IAsyncDisposable
{
    private readonly string _folder;
    private readonly bool _owner;
    private bool _running;

    /// <param name="connectionString">The database.</param>
    /// <param name="more">What else is registered.</param>
    /// <param name="beside">Another process of the same installation, which has the same key ring and clock.</param>
    public NoticesRooms(string connectionString, Action<IServiceCollection>? more = null, NoticesRooms? beside = null)
    {
        _owner = beside is null;
        _folder = beside?._folder ?? Directory.CreateTempSubdirectory("sluice-notices-").FullName;
        Time = beside?.Time ?? new ManualTime();
        Host = new RoomsHost(connectionString, services =>
        {
            services.AddSingleton<TimeProvider>(Time);
            services.AddSingleton<ISecretBox>(new AesSecretBox(Path.Combine(_folder, "ring.json"), Time));
            services.AddJobs(dispatch: true);
            services.Configure<JobsOptions>(o => o.PollMs = 5);
            services.AddNotices(deliver: true);
            more?.Invoke(services);
        });
    }

    public ManualTime Time { get; }

    public RoomsHost Host { get; }

    public T Get<T>() where T : notnull => Host.Get<T>();

    /// <summary>Records a fact as the room that it is about would.</summary>
    public async Task Record<T>(T fact) where T : class
    {
        await using var work = await Host.Units.Begin();
        await Get<IOutbox>().Record(fact, work);
        await work.Commit();
    }

    public Task Want(string to, string template, params (string Name, string Value)[] values) =>
        Record(new MailWanted(to, template, values.ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal)));

    public async Task Start()
    {
        _running = true;
        foreach (var worker in Get<IEnumerable<IHostedService>>()) await worker.StartAsync(CancellationToken.None);
    }

    public Task Until(string sql, long expected, string what) =>
        Processes.Until.True(async () => await Host.Scalar(sql) == expected, what);

    /// <summary>An operator, and the system itself.</summary>
    public Actor Operator => Actor.System;

    public async ValueTask DisposeAsync()
    {
        if (_running)
            foreach (var worker in Get<IEnumerable<IHostedService>>()) await worker.StopAsync(CancellationToken.None);
        await Host.DisposeAsync();
        if (_owner) Directory.Delete(_folder, recursive: true);
    }
}
