using System.Data.Common;
using Npgsql;
using Sluice.Gateway;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Kernel;
using Sluice.Platform.Catalog;
using Sluice.Platform.Keys;

namespace Sluice.Host.Wiring;

/// <summary>
/// Keeps the data plane's memory equal to the rooms: everything at start, afterwards each change within a second, told
/// by LISTEN/NOTIFY with a poll behind it. Without the database the gateway goes on from what it has.
/// </summary>
internal sealed partial class GatewayFeed(
    ICatalog catalog, IKeyFeed keys, NpgsqlDataSource database, GatewayState state, ILogger<GatewayFeed> log)
    : BackgroundService, IKeySource
{
    private const int ChangesAtOnce = 1_000;
    private const int PollMs = 500;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private long _revision = -1;
    private long _change = -1;

    /// <summary>Whether everything was read once.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Applies all committed changes. Returns when this process answers by them.</summary>
    public async Task CatchUp(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (await catalog.Revision(ct) != _revision) await LoadCatalog(ct);
            if (_change < 0) await LoadKeys(ct);
            else await ApplyChanges(ct);
            IsReady = true;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Reads everything before the server listens: a call that comes first must not be told that there is no such
    /// service.
    /// </summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await CatchUp(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        keys.Applied = CatchUp;
        var away = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Follow(() => away = Back(away), stoppingToken);
            }
            catch (Exception error) when (error is DbException or TimeoutException or IOException or InvalidOperationException)
            {
                if (!away) LogAway(error.Message);
                away = true;
                await Task.Delay(RetryAfter, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task Follow(Action caughtUp, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using (var listen = new NpgsqlCommand("listen sluice_keys; listen sluice_catalog", connection))
            await listen.ExecuteNonQueryAsync(ct);
        while (true)
        {
            await CatchUp(ct);
            caughtUp();
            await connection.WaitAsync(PollMs, ct);
        }
    }

    private bool Back(bool away)
    {
        if (away) LogBack();
        return false;
    }

    private async Task LoadCatalog(CancellationToken ct)
    {
        var loaded = await catalog.Load(ct);
        var plans = loaded.Plans.ToDictionary(
            p => p.Name, p => new PlanConfig(p.Services, CatalogMapping.ToSettings(p.Limits)), StringComparer.Ordinal);
        // An organization whose plan is gone may use nothing: closed is the default.
        var otherwise = plans.GetValueOrDefault(loaded.DefaultPlan) ?? new PlanConfig([], LimitSettings.None);
        state.Callers.SetPlans(id => loaded.Assignments.TryGetValue(new OrganizationId(id), out var name)
            ? plans.GetValueOrDefault(name, otherwise)
            : otherwise);
        state.Swap([.. loaded.Services.Select(CatalogMapping.ToConfig)]);
        _revision = loaded.Revision;
        LogCatalog(loaded.Services.Count, loaded.Revision);
    }

    private async Task LoadKeys(CancellationToken ct)
    {
        // The number is taken first: what changes during the load is applied once more after it.
        var change = await keys.LastChange(ct);
        var count = 0;
        foreach (var suspended in await keys.Suspended(ct)) state.Callers.Apply(new OrganizationConfig(suspended.Value, true));
        await foreach (var app in keys.Apps(ct)) state.Callers.Apply(CatalogMapping.ToConfig(app));
        await foreach (var key in keys.Keys(ct))
        {
            state.Callers.Apply(CatalogMapping.ToConfig(key));
            count++;
        }
        _change = change;
        LogKeys(count, change);
        await ApplyChanges(ct);
    }

    private async Task ApplyChanges(CancellationToken ct)
    {
        while (true)
        {
            var changes = await keys.Changes(_change, ChangesAtOnce, ct);
            foreach (var change in changes)
            {
                if (change.App is { } app) state.Callers.Apply(CatalogMapping.ToConfig(app));
                if (change.Key is { } key) state.Callers.Apply(CatalogMapping.ToConfig(key));
                if (change.Organization is { } organization) state.Callers.Apply(CatalogMapping.ToConfig(organization));
                _change = change.Number;
            }
            if (changes.Count < ChangesAtOnce) return;
        }
    }

    public override void Dispose()
    {
        _gate.Dispose();
        base.Dispose();
    }

    [LoggerMessage(20301, LogLevel.Information, "Catalog loaded: {Services} services at revision {Revision}")]
    private partial void LogCatalog(int services, long revision);

    [LoggerMessage(20302, LogLevel.Information, "Keys loaded: {Keys} at change {Change}")]
    private partial void LogKeys(int keys, long change);

    [LoggerMessage(20303, LogLevel.Warning, "The database is away; calls go on from what is known: {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(20304, LogLevel.Information, "The database is back; all changes are applied")]
    private partial void LogBack();
}
