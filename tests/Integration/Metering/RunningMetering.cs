using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sluice.Gateway.Usage;
using Sluice.Kernel;
using Sluice.Platform.Metering;

namespace Sluice.Integration.Metering;

/// <summary>A process's metering with its hosted services running: pump, reclaims, takeover and archive.</summary>
internal sealed class RunningMetering : IAsyncDisposable
{
    private readonly IHost _host;

    private RunningMetering(IHost host, ShiftedTime time) => (_host, Time) = (host, time);

    public ShiftedTime Time { get; }

    public IServiceProvider Services => _host.Services;

    public IAllowances Allowances => Services.GetRequiredService<IAllowances>();

    public IUsage Usage => Services.GetRequiredService<IUsage>();

    /// <param name="connection">The database.</param>
    /// <param name="folder">Where journals lie.</param>
    /// <param name="journal">The journal of this process; null for a worker.</param>
    /// <param name="takeover">When it looks for dead journals.</param>
    /// <param name="options">What differs from short intervals.</param>
    public static async Task<RunningMetering> Start(
        string connection, string folder, UsageJournal? journal, TakeoverMode takeover = TakeoverMode.Never,
        Action<MeteringOptions>? options = null)
    {
        var time = new ShiftedTime();
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton(NpgsqlDataSource.Create(connection));
        if (journal is not null) builder.Services.AddSingleton<INodeJournal>(new Node(journal));
        builder.Services.AddMetering(pump: journal is not null, takeover);
        builder.Services.Configure<MeteringOptions>(o =>
        {
            (o.JournalsDirectory, o.PumpBatch, o.PumpIntervalMs, o.TakeoverIntervalMs) = (folder, 200, 10, 100);
            options?.Invoke(o);
        });
        var host = builder.Build();
        await host.StartAsync();
        return new RunningMetering(host, time);
    }

    public Task Stop() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable host) await host.DisposeAsync();
    }

    private sealed class Node(UsageJournal journal) : INodeJournal
    {
        public NodeJournal? Current { get; } = new(journal.Id, journal.Directory, null);
    }
}
