using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Sluice.Kernel;
using Sluice.Kernel.Journal;
using Sluice.Platform.Metering;

namespace Sluice.Integration.Metering;

/// <summary>One process's metering over a database and a journals folder that several share.</summary>
public sealed class MeteringSetup : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public MeteringSetup(
        string connectionString, string folder, Action<MeteringOptions>? options = null, TimeProvider? time = null)
    {
        Folder = folder;
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddSingleton(Database = NpgsqlDataSource.Create(connectionString));
        services.AddMetering(takeover: TakeoverMode.Always);
        services.Configure<MeteringOptions>(o => (o.JournalsDirectory, o.PumpBatch) = (folder, 40));
        if (options is not null) services.Configure(options);
        _services = services.BuildServiceProvider();
    }

    public string Folder { get; }
    public NpgsqlDataSource Database { get; }
    public IJournals Journals => _services.GetRequiredService<IJournals>();
    public IAllowances Allowances => _services.GetRequiredService<IAllowances>();
    public IBooks Books => _services.GetRequiredService<IBooks>();
    public IUsage Usage => _services.GetRequiredService<IUsage>();

    /// <summary>A worker's service by name, to be started by the test.</summary>
    public IHostedService Worker(string name) =>
        _services.GetServices<IHostedService>().Single(service => service.GetType().Name == name);

    public async Task Execute(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public static string NewFolder() => Directory.CreateTempSubdirectory("sluice-metering-").FullName;

    public async Task<long> Number(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Database.DisposeAsync();
    }

    public static JournalRecord Record(Guid key, long units, DateTimeOffset at, int status = 200) =>
        new()
        {
            Organization = key,
            App = key,
            Key = key,
            AtMicros = at.ToUnixTimeMilliseconds() * 1000,
            Quantity = units,
            Status = (ushort)status,
            Flags = RecordFlags.Billed,
            Count = 1,
        };
}
