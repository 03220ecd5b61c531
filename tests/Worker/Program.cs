using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Worker;

// A process of the role worker with one kind of job, which leaves marks in tables that the tests make. It is killed,
// frozen and stopped by them. Arguments: connection string, how long a claim lasts (ms).
var builder = new HostBuilder()
    .ConfigureLogging(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning))
    .ConfigureServices(services =>
    {
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddSingleton(NpgsqlDataSource.Create(args[0]));
        services.AddSingleton<IUnitsOfWork, UnitsOfWork>();
        services.AddJobs(dispatch: true);
        services.AddJob<Mark, MarkHandler>("marks", "tests.mark");
        services.AddQueue(new JobQueue("marks") { Concurrency = 4, Batch = 3, AttemptsMax = 1000, Backoff = TimeSpan.FromMilliseconds(50) });
        services.Configure<JobsOptions>(options =>
        {
            options.ClaimMs = int.Parse(args[1], CultureInfo.InvariantCulture);
            options.DrainMs = 100;
        });
    });
using var host = builder.Build();
await host.StartAsync();
Console.WriteLine("working");
await host.WaitForShutdownAsync();
