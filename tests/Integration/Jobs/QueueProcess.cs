using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Platform.Jobs;

namespace Sluice.Integration.Jobs;

/// <summary>One process over a queue's store: its doors, and its workers once started.</summary>
public sealed class QueueProcess : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private bool _started;

    public QueueProcess(Action<IServiceCollection> register)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddLogging();
        register(services);
        _services = services.BuildServiceProvider();
    }

    public IJobs Jobs => Get<IJobs>();

    public IJobDesk Desk => Get<IJobDesk>();

    public IUnitsOfWork Units => Get<IUnitsOfWork>();

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public async Task Start()
    {
        _started = true;
        foreach (var worker in _services.GetServices<IHostedService>()) await worker.StartAsync(CancellationToken.None);
    }

    /// <summary>A shutdown as the host does it: workers in the opposite order, all with one patience.</summary>
    public async Task Stop()
    {
        if (!_started) return;
        _started = false;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        foreach (var worker in _services.GetServices<IHostedService>().Reverse()) await worker.StopAsync(patience.Token);
    }

    public async Task<JobRow> Row(JobId id) => await Jobs.Find(id) ?? throw new InvalidOperationException($"No job {id}.");

    public Task Reaches(JobId id, JobState state) =>
        Until.True(async () => (await Row(id)).State == state, $"job {id} is {state}");

    public async ValueTask DisposeAsync()
    {
        await Stop();
        await _services.DisposeAsync();
    }
}
