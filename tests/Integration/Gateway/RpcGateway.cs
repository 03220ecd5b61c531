using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Sluice.Gateway;
using Sluice.Gateway.Kept;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Usage;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Integration.Gateway;

/// <summary>
/// The data plane as the host wires it, on a real server and with a real journal; only where quotas and keys come from
/// is played. The journal is read back by its own reader.
/// </summary>
public sealed class RpcGateway : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new("gateway");
    private readonly WebApplication _app;
    private PlanConfig _plan = new(["*"], LimitSettings.None);

    private RpcGateway(RpcSetup setup)
    {
        Allowance = setup.Allowance;
        KeySource = setup.KeySource;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Debug).AddProvider(Log);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton(setup.Time);
        builder.Services.AddSingleton<IAllowanceSource>(Allowance);
        builder.Services.AddSingleton<IKeySource>(KeySource);
        builder.Services.AddGateway();
        builder.Services.Configure<JournalOptions>(options =>
        {
            options.Directory = _directory.Path;
            options.SegmentSlots = setup.SegmentSlots;
            options.FreeDiskBytesMin = 0;
        });
        builder.Services.Configure<GatewayOptions>(options =>
        {
            options.ProbeIntervalMs = 0;
            setup.Options(options);
        });
        builder.Services.Replace(ServiceDescriptor.Singleton(setup.Time));
        _app = builder.Build();
        _app.UseWebSockets();
        _app.UseGateway();
        _app.Run(http =>
        {
            http.Response.StatusCode = StatusCodes.Status418ImATeapot;
            return Task.CompletedTask;
        });
    }

    public string Url { get; private set; } = "";

    public int Port => new Uri(Url).Port;

    /// <summary>A client that neither decompresses nor follows nor gives up before the gateway does.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxConnectionsPerServer = 512,
        RequestHeaderEncodingSelector = static (_, _) => System.Text.Encoding.UTF8,
    })
    {
        Timeout = TimeSpan.FromSeconds(60),
    };

    public CountingAllowance Allowance { get; }

    public CountingKeySource KeySource { get; }

    public CapturedLog Log { get; } = new();

    public GatewayState State => _app.Services.GetRequiredService<GatewayState>();

    internal AnswerCounts Answers => _app.Services.GetRequiredService<AnswerStore>().Counts;

    public UsageJournal Journal => _app.Services.GetRequiredService<UsageJournal>();

    /// <summary>The options as the journal holds them: changes take effect at its next segment.</summary>
    public JournalOptions JournalOptions =>
        _app.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<JournalOptions>>().Value;

    public AllowanceReturns Returns => _app.Services.GetRequiredService<AllowanceReturns>();

    public static async Task<RpcGateway> Start(Action<RpcSetup>? with = null)
    {
        var setup = new RpcSetup();
        with?.Invoke(setup);
        var gateway = new RpcGateway(setup);
        await gateway._app.StartAsync();
        gateway.Url = gateway._app.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses.First();
        gateway.State.Swap(setup.Services);
        gateway.SetPlan(gateway._plan);
        return gateway;
    }

    /// <summary>One JSON-RPC service <c>eth</c> over these upstreams, and a key without any rule.</summary>
    public static Task<RpcGateway> Over(params string[] upstreamUrls) =>
        Start(setup => setup.Services = [ServiceOver(upstreamUrls)]);

    public static ServiceConfig ServiceOver(params string[] upstreamUrls) => new()
    {
        Name = "eth",
        DefaultUnits = 10,
        TimeoutMs = 5_000,
        Upstreams = [.. upstreamUrls.Select((url, i) => Upstream($"up{i}", url))],
    };

    public static UpstreamConfig Upstream(string name, string url, params (string Name, string Value)[] headers) => new(
        name, new Uri(url), new Uri(url.Replace("http", "ws", StringComparison.Ordinal)),
        [.. headers.Select(header => new KeyValuePair<string, string>(header.Name, header.Value))]);

    /// <summary>The plan of every organization.</summary>
    public void SetPlan(PlanConfig plan)
    {
        _plan = plan;
        State.Callers.SetPlans(_ => _plan);
    }

    /// <summary>A new key, of a new app of a new organization unless another one's is given.</summary>
    public RpcKey NewKey(
        AppRuleLists? rules = null, LimitSettings? keyLimits = null, LimitSettings? appLimits = null,
        bool publishable = false, DateTimeOffset? expiresAt = null, RpcKey? sameAppAs = null)
    {
        var text = KeyText.New(publishable ? KeyTextKind.Publishable : KeyTextKind.Secret);
        var app = sameAppAs?.App ?? new AppConfig(
            Guid.CreateVersion7(), Guid.CreateVersion7(), rules ?? AppRuleLists.Empty, appLimits ?? LimitSettings.None);
        var hash = new byte[KeyText.HashSize];
        KeyText.TryHash(text, hash, out _);
        var key = new KeyConfig(
            Guid.CreateVersion7(), app.Id, publishable, hash, keyLimits ?? LimitSettings.None, expiresAt, false);
        State.Callers.Apply(app);
        State.Callers.Apply(key);
        return new RpcKey(text, key, app);
    }

    /// <summary>All usage and checkpoint records so far, in their order.</summary>
    public IReadOnlyList<RpcRecord> Records()
    {
        using var reader = new JournalReader(Journal.Directory, JournalPosition.Start);
        var all = new List<RpcRecord>();
        while (reader.TryRead(ownerDead: false, out var record))
        {
            all.Add(new RpcRecord(
                record, reader.Name(record.ServiceName), reader.Name(record.MethodName), reader.Name(record.UpstreamName)));
        }
        return all;
    }

    /// <summary>Waits until there are that many records, and returns them; more are an error.</summary>
    public async Task<IReadOnlyList<RpcRecord>> Records(int count)
    {
        await Until.True(() => Records().Count >= count, $"{count} records, {Records().Count} there");
        var records = Records();
        Xunit.Assert.Equal(count, records.Count);
        return records;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Dispose();
    }
}

/// <summary>What a test says before the gateway starts.</summary>
public sealed class RpcSetup
{
    public IReadOnlyList<ServiceConfig> Services { get; set; } = [];
    public TimeProvider Time { get; set; } = TimeProvider.System;
    public CountingAllowance Allowance { get; set; } = new();
    public CountingKeySource KeySource { get; set; } = new();
    public int SegmentSlots { get; set; } = 8192;
    public Action<GatewayOptions> Options { get; set; } = static _ => { };
}

/// <summary>A key with its text, which the gateway never sees outside a request.</summary>
public sealed record RpcKey(string Text, KeyConfig Key, AppConfig App);

/// <summary>A record with its names.</summary>
public sealed record RpcRecord(JournalRecord Record, string Service, string Method, string Upstream);
