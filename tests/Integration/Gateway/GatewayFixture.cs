using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
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
/// The data plane as the host wires it, on a real server in this process and with a real journal, which is read back by
/// its own reader; only where quotas and keys come from is played. One organization, one app, one key to begin with.
/// </summary>
public sealed class GatewayFixture : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new("gateway");
    private readonly WebApplication _app;
    private PlanConfig _plan;
    private int _hangUps;

    private GatewayFixture(GatewaySetup setup)
    {
        (Allowance, KeySource, _plan) = (setup.Allowance, setup.KeySource, setup.Plan);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Debug).AddProvider(Log);
        builder.Configuration.AddInMemoryCollection(setup.Settings);
        builder.Configuration["Journal:Directory"] = _directory.Path;
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listener => listener.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listener => listener.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddSingleton(setup.Time);
        builder.Services.AddSingleton<IAllowanceSource>(Allowance);
        builder.Services.AddSingleton<IKeySource>(KeySource);
        builder.Services.AddGateway();
        builder.Services.Configure(setup.Options);
        builder.Services.Replace(ServiceDescriptor.Singleton(setup.Time));
        _app = builder.Build();
        _app.Use(async (http, next) =>
        {
            await using var _ = http.RequestAborted.Register(() => Interlocked.Increment(ref _hangUps));
            await next(http);
        });
        _app.UseWebSockets();
        _app.UseGateway();
        // What no gateway answers would reach the API here.
        _app.Run(http =>
        {
            http.Response.StatusCode = StatusCodes.Status418ImATeapot;
            return Task.CompletedTask;
        });
    }

    public CountingAllowance Allowance { get; }

    public CountingKeySource KeySource { get; }

    public CapturedLog Log { get; } = new();

    /// <summary>HTTP/1.1.</summary>
    public string Url { get; private set; } = "";

    public int Port => new Uri(Url).Port;

    /// <summary>HTTP/2 without TLS, by prior knowledge.</summary>
    public string H2cUrl { get; private set; } = "";

    /// <summary>A client without a key, which neither decompresses nor follows nor gives up before the gateway does.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxConnectionsPerServer = 512,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
    })
    {
        Timeout = TimeSpan.FromSeconds(60),
    };

    /// <summary>Calls whose client the server knows to be gone.</summary>
    public int HangUps => Volatile.Read(ref _hangUps);

    public IServiceProvider Services => _app.Services;

    public GatewayState State => _app.Services.GetRequiredService<GatewayState>();

    internal AnswerCounts Answers => _app.Services.GetRequiredService<AnswerStore>().Counts;

    public UsageJournal Journal => _app.Services.GetRequiredService<UsageJournal>();

    /// <summary>The options as the journal holds them: changes take effect at its next segment.</summary>
    public JournalOptions JournalOptions => _app.Services.GetRequiredService<IOptions<JournalOptions>>().Value;

    public AllowanceReturns Returns => _app.Services.GetRequiredService<AllowanceReturns>();

    public Guid Organization { get; } = Guid.CreateVersion7();

    public Guid App { get; } = Guid.CreateVersion7();

    /// <summary>The first key.</summary>
    public TestKey Key { get; private set; } = null!;

    public static async Task<GatewayFixture> Start(Action<GatewaySetup>? with = null)
    {
        var setup = new GatewaySetup();
        with?.Invoke(setup);
        var gateway = new GatewayFixture(setup);
        await gateway._app.StartAsync();
        var addresses = gateway._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        (gateway.Url, gateway.H2cUrl) = (addresses.First(), addresses.Last());
        gateway.Http.BaseAddress = new Uri(gateway.Url);
        gateway.State.Swap(setup.Services);
        gateway.SetPlan(gateway._plan);
        gateway.SetApp(setup.Rules, setup.AppLimits);
        gateway.Key = gateway.AddKey(setup.KeyLimits);
        return gateway;
    }

    /// <summary>One JSON-RPC service <c>eth</c> over these upstreams, without any rule.</summary>
    public static Task<GatewayFixture> Over(params string[] upstreamUrls) =>
        Start(setup => setup.Services = [GatewaySetup.ServiceOver(upstreamUrls)]);

    /// <summary>The plan of every organization.</summary>
    public void SetPlan(PlanConfig plan)
    {
        _plan = plan;
        State.Callers.SetPlans(_ => _plan);
    }

    /// <summary>The app of the first key.</summary>
    public void SetApp(AppRuleLists rules, LimitSettings? limits = null) =>
        State.Callers.Apply(AppWith(rules, limits));

    /// <summary>One more key of the first key's app.</summary>
    public TestKey AddKey(LimitSettings? limits = null, bool publishable = false, DateTimeOffset? expiresAt = null) =>
        AddKey(AppWith(AppRuleLists.Empty, null), limits, publishable, expiresAt);

    /// <summary>A new key, of a new app of a new organization unless another one's is given.</summary>
    public TestKey NewKey(
        AppRuleLists? rules = null, LimitSettings? keyLimits = null, LimitSettings? appLimits = null,
        bool publishable = false, DateTimeOffset? expiresAt = null, TestKey? sameAppAs = null)
    {
        var app = sameAppAs?.App ?? new AppConfig(
            Guid.CreateVersion7(), Guid.CreateVersion7(), rules ?? AppRuleLists.Empty, appLimits ?? LimitSettings.None);
        State.Callers.Apply(app);
        return AddKey(app, keyLimits, publishable, expiresAt);
    }

    public void Revoke(TestKey key) => State.Callers.Apply(key.Config with { Revoked = true });

    /// <summary>A request with the first key.</summary>
    public HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, new Uri(new Uri(Url), path)) { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + Key.Text);
        return request;
    }

    public async Task<HttpResponseMessage> Get(string path) => await Http.SendAsync(Request(HttpMethod.Get, path));

    /// <summary>Posts JSON-RPC with the first key and returns the answer's text.</summary>
    public async Task<string> Rpc(string service, string body)
    {
        using var request = Request(HttpMethod.Post, "/v1/" + service, new StringContent(body));
        using var answer = await Http.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>Opens a socket with the first key.</summary>
    /// <param name="path">From the root of the gateway.</param>
    /// <param name="options">Of the socket.</param>
    /// <param name="http2">Whose HTTP/2 connection the socket is to be a stream of; null for a connection of its own.</param>
    public async Task<ClientWebSocket> Socket(
        string path, Action<ClientWebSocketOptions>? options = null, HttpMessageInvoker? http2 = null)
    {
        var socket = new ClientWebSocket();
        if (http2 is not null)
        {
            socket.Options.HttpVersion = HttpVersion.Version20;
            socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }
        socket.Options.SetRequestHeader("X-API-Key", Key.Text);
        options?.Invoke(socket.Options);
        try
        {
            var url = http2 is null ? Url : H2cUrl;
            await socket.ConnectAsync(new Uri("ws" + url["http".Length..] + path), http2, CancellationToken.None);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>All records so far, from the files, in their order.</summary>
    public IReadOnlyList<TestRecord> Records()
    {
        using var reader = new JournalReader(Journal.Directory, JournalPosition.Start);
        var records = new List<TestRecord>();
        while (reader.TryRead(ownerDead: false, out var record))
        {
            records.Add(new TestRecord(
                record, reader.Name(record.ServiceName), reader.Name(record.MethodName), reader.Name(record.UpstreamName)));
        }
        return records;
    }

    /// <summary>Waits until there are that many records, and returns them; more are an error.</summary>
    public async Task<IReadOnlyList<TestRecord>> Records(int count)
    {
        await Until.True(() => Records().Count >= count, $"{count} records, {Records().Count} there");
        var records = Records();
        Xunit.Assert.Equal(count, records.Count);
        return records;
    }

    /// <summary>Waits until there are as many usage records, and returns them.</summary>
    public async Task<IReadOnlyList<TestRecord>> Usage(int count)
    {
        IReadOnlyList<TestRecord> usage = [];
        await Until.True(
            () => (usage = [.. Records().Where(r => r.Raw.Kind == RecordKind.Usage)]).Count >= count,
            string.Create(CultureInfo.InvariantCulture, $"{count} usage records"), TimeSpan.FromSeconds(15));
        return usage;
    }

    public async Task<TestRecord> OnlyUsage()
    {
        var usage = await Usage(1);
        return usage.Count == 1 ? usage[0] : throw new InvalidOperationException($"{usage.Count} records: {string.Join("; ", usage)}");
    }

    /// <summary>Tells the gateway to stop, as SIGTERM does.</summary>
    public Task Stop() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    private AppConfig AppWith(AppRuleLists rules, LimitSettings? limits) =>
        new(App, Organization, rules, limits ?? LimitSettings.None);

    private TestKey AddKey(AppConfig app, LimitSettings? limits, bool publishable, DateTimeOffset? expiresAt)
    {
        var text = KeyText.New(publishable ? KeyTextKind.Publishable : KeyTextKind.Secret);
        var hash = new byte[KeyText.HashSize];
        KeyText.TryHash(text, hash, out _);
        var config = new KeyConfig(
            Guid.CreateVersion7(), app.Id, publishable, hash, limits ?? LimitSettings.None, expiresAt, Revoked: false);
        State.Callers.Apply(config);
        return new TestKey(text, config, app);
    }
}

/// <summary>A key with its text, which the gateway never sees outside a request.</summary>
public sealed record TestKey(string Text, KeyConfig Config, AppConfig App);

/// <summary>A record with its names.</summary>
public sealed record TestRecord(JournalRecord Raw, string Service, string Method, string Upstream)
{
    public bool Billed => Raw.Flags.HasFlag(RecordFlags.Billed);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Raw.Kind} {Service} {Method} {Raw.Outcome} {Raw.Status} units {Raw.Quantity} up {Raw.BytesUp} down {Raw.BytesDown} {Raw.Flags} #{Raw.BatchIndex}");
}
