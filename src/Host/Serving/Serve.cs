using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Options;
using Sluice.Host.Database;
using Sluice.Host.Demo;
using Sluice.Host.Observability;
using Sluice.Host.Postgres;
using Sluice.Host.Settings;
using Sluice.Platform.Catalog;
using Sluice.Platform.Keys;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Serving;

/// <summary>
/// One run of the server from start to end. Parts start in the order database, chain of the demo, server, and stop in the
/// opposite one: calls in flight finish before the journal is flushed, and the database goes last.
/// </summary>
internal sealed partial class Serve(HostSettings settings, SluiceConfiguration configuration, bool json, bool withDemo)
{
    private static readonly TimeSpan ServicesStopLongest = TimeSpan.FromSeconds(30);

    public async Task<int> Run(CancellationToken stop)
    {
        if (withDemo) RefuseStrangers();
        else DemoMark.Refuse(settings.DataDirectory);
        if (settings.InlineSockets) SocketThreads.RunInline();
        DataFolder.Prepare(settings.DataDirectory);
        await using var cluster = settings.Database is null ? await PrivateCluster.Use(settings.DataDirectory, stop) : null;
        await using var chain = withDemo ? await StartChain(stop) : null;
        using var exporting = Exporting.Start();
        var demo = new DemoLine { IsDemo = withDemo };
        var app = SluiceServer.Build(settings, configuration, settings.Database ?? cluster!.ConnectionString, demo);
        try
        {
            await app.Services.GetRequiredService<Migrator>().Migrate(stop);
            await ShippedPlans.Ensure(app.Services.GetRequiredService<ICatalog>(), stop);
            var ready = chain is null ? null : await PrepareDemo(app.Services, stop);
            var operators = settings.Roles.HasFlag(Roles.Portal) ? await FirstOperator(app.Services, stop) : null;
            await StartServer(app, stop);
            var urls = SluiceServer.BoundUrls(app);
            if (ready is not null) demo.Text = DemoProfile.CurlLine(Reachable(urls), ready.VisitorKey);
            Tell(urls, demo.Text, ready?.Links, operators);
            await using (ready is null ? null : StartTraffic(app, urls, ready)) await Until(stop);
            await Drain(app);
        }
        finally
        {
            await app.DisposeAsync();
        }
        return 0;
    }

    private static async Task StartServer(WebApplication app, CancellationToken stop)
    {
        try
        {
            await app.StartAsync(stop);
        }
        catch (IOException error)
        {
            throw new HostFault(
                $"{error.Message.TrimEnd('.')}. Stop what listens there, or choose another address with SLUICE_URLS.");
        }
        catch (OptionsValidationException error)
        {
            throw new HostFault("The settings cannot be used.", [.. error.Failures]);
        }
    }

    private void RefuseStrangers()
    {
        var here = settings.Addresses.All(address => address.IsLoopback) && settings.PublicUrl is null or { IsLoopback: true };
        if (settings.DemoOpen || here) return;
        throw new HostFault(
            "The demo is for this machine alone: listen on localhost and leave SLUICE_PUBLIC_URL away, or say "
                + "SLUICE_DEMO_OPEN=true.");
    }

    private async Task<Anvil> StartChain(CancellationToken stop)
    {
        var program = Anvil.Find(configuration.Value("DEMO_ANVIL")) ?? throw new HostFault(
            "The demo needs 'anvil' (npm package @foundry-rs/anvil, './do run' brings it): name it in "
                + "SLUICE_DEMO_ANVIL, or start with --no-demo.");
        var chain = await Anvil.Start(program, Path.Combine(settings.DataDirectory, DemoProfile.FolderName), stop);
        // The catalog names the upstream as ${env:SLUICE_DEMO_RPC}, because its port is another one at every start.
        Environment.SetEnvironmentVariable(DemoProfile.RpcVariable, chain.Url);
        return chain;
    }

    private Task<DemoReady> PrepareDemo(IServiceProvider services, CancellationToken stop)
    {
        var people = new DemoPeople(
            services.GetRequiredService<IUsers>(), services.GetRequiredService<IMembers>(),
            services.GetRequiredService<IInvitations>());
        return new DemoProfile(
            services.GetRequiredService<ITenants>(), services.GetRequiredService<ICatalog>(),
            services.GetRequiredService<IKeys>(), people,
            Path.Combine(settings.DataDirectory, DemoProfile.FolderName)).Ensure(stop);
    }

    private DemoTraffic? StartTraffic(WebApplication app, IReadOnlyList<string> urls, DemoReady ready) => DemoTraffic.Start(
        [.. urls.Select(Local)], ready.TrafficKey, settings.DemoPace, app.Services.GetRequiredService<TimeProvider>(),
        app.Services.GetRequiredService<ILogger<DemoTraffic>>());

    private static async Task<OperatorLink?> FirstOperator(IServiceProvider services, CancellationToken stop)
    {
        var made = await services.GetRequiredService<IFirstOperators>().Ensure(stop);
        return made.Ok ? made.Value : throw new HostFault(made.Refusal.Message, made.Refusal.Details);
    }

    private async Task Drain(WebApplication app)
    {
        LogDraining(app.Services.GetRequiredService<ILogger<Serve>>(), (int)settings.Drain.TotalSeconds);
        app.Services.GetRequiredService<Readiness>().Drain();
        if (settings.DrainDelay > TimeSpan.Zero) await Task.Delay(settings.DrainDelay);
        // Tells sockets and streams that the end is near; ordinary calls just finish.
        app.Lifetime.StopApplication();
        using (var longest = new CancellationTokenSource(settings.Drain))
            await app.Services.GetRequiredService<IServer>().StopAsync(longest.Token);
        // The server's time is its own: what is stopped now has the journal to flush.
        using (var longest = new CancellationTokenSource(ServicesStopLongest)) await app.StopAsync(longest.Token);
    }

    private static async Task Until(CancellationToken stop)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (stop.Register(told.SetResult)) await told.Task;
    }

    private string Reachable(IReadOnlyList<string> urls) => settings.PublicUrl?.ToString() ?? Local(urls[0]);

    private static string Local(string url) => url
        .Replace("://[::]", "://localhost", StringComparison.Ordinal)
        .Replace("://0.0.0.0", "://localhost", StringComparison.Ordinal);

    // The only output on standard output: what listens, and the demo's line. Logs go to standard error.
    private void Tell(IReadOnlyList<string> urls, string? line, DemoLinks? links, OperatorLink? operators)
    {
        if (json)
        {
            Cli.Output.Json(new
            {
                urls = urls.Select(Local),
                data = settings.DataDirectory,
                demo = line,
                demoOperator = links?.Operator,
                demoConsumer = links?.Consumer,
                operators?.Link,
            });
            return;
        }
        Console.Out.WriteLine($"Sluice listens on {string.Join(", ", urls.Select(Local))}");
        Console.Out.WriteLine($"Data in {settings.DataDirectory}; stop with Ctrl-C.");
        if (operators is not null)
        {
            Console.Out.WriteLine();
            Console.Out.WriteLine(operators.Email is { } email
                ? $"There is no operator yet. Sign in as {email}, and open this link; it works once, for one hour:"
                : "There is no operator yet. Make yourself one; this link works once, for one hour:");
            Console.Out.WriteLine(operators.Link);
        }
        if (links is not null)
        {
            Console.Out.WriteLine();
            Console.Out.WriteLine("Look around; each link signs in once, within one hour:");
            Console.Out.WriteLine($"  as a consumer   {links.Consumer ?? "(suspended)"}");
            Console.Out.WriteLine($"  as an operator  {links.Operator ?? "(suspended)"}");
        }
        if (line is null) return;
        Console.Out.WriteLine();
        Console.Out.WriteLine("A first call:");
        Console.Out.WriteLine();
        Console.Out.WriteLine(line);
        Console.Out.WriteLine();
    }

    [LoggerMessage(20101, LogLevel.Information, "Stopping: no new calls, those in flight have {Seconds} s")]
    private static partial void LogDraining(ILogger log, int seconds);
}
