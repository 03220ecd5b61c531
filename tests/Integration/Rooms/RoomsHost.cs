using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Sluice.Host.Database;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Audit;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants;

namespace Sluice.Integration.Rooms;

/// <summary>The lower rooms wired on a database, without a web server.</summary>
internal sealed class RoomsHost : IAsyncDisposable
{
    private readonly TemporaryDirectory _folder = new("rooms");
    private readonly ServiceProvider _services;

    public RoomsHost(string connectionString, Action<IServiceCollection>? more = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddLogging();
        services.AddSluiceDatabase(connectionString);
        services.AddSingleton<ISecretBox>(new AesSecretBox(KeyRing, TimeProvider.System));
        services.AddAudit();
        services.AddJobs(dispatch: false);
        services.AddTenants();
        more?.Invoke(services);
        _services = services.BuildServiceProvider();
    }

    /// <summary>The file of the key ring; two hosts on one database have two unless one takes the other's.</summary>
    public string KeyRing => _folder["ring.json"];

    public IUnitsOfWork Units => Get<IUnitsOfWork>();
    public ITenants Tenants => Get<ITenants>();
    public NpgsqlDataSource Source => Get<NpgsqlDataSource>();

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public async Task<long> Scalar(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Dispose();
    }
}
