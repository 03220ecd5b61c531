using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sluice.Gateway;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Usage;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Integration.Gateway;

/// <summary>
/// The data plane alone on a real server in this process: real journal in a directory of its own, fakes for keys and
/// leases. One organization, one app, one key to begin with.
/// </summary>
public sealed class GatewayFixture : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TemporaryDirectory _directory;

    private GatewayFixture(WebApplication app, TemporaryDirectory directory, FakeAllowances allowances)
    {
        (_app, _directory, Allowances) = (app, directory, allowances);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Url = addresses.First();
        H2cUrl = addresses.Last();
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new Uri(Url),
            Timeout = TimeSpan.FromSeconds(60),
        };
    }

    public FakeAllowances Allowances { get; }

    /// <summary>HTTP/1.1.</summary>
    public string Url { get; }

    /// <summary>HTTP/2 without TLS, by prior knowledge.</summary>
    public string H2cUrl { get; }

    /// <summary>A client without a key.</summary>
    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    public GatewayState State => _app.Services.GetRequiredService<GatewayState>();

    public UsageJournal Journal => _app.Services.GetRequiredService<UsageJournal>();

    public Guid Organization { get; } = Guid.CreateVersion7();

    public Guid App { get; } = Guid.CreateVersion7();

    /// <summary>The first key.</summary>
    public TestKey Key { get; private set; } = null!;

    public static async Task<GatewayFixture> Start(Action<GatewaySetup> configure)
    {
        var setup = new GatewaySetup();
        configure(setup);
        var directory = new TemporaryDirectory("gateway");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(setup.Settings);
        builder.Configuration["Journal:Directory"] = directory.Path;
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listener => listener.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listener => listener.Protocols = HttpProtocols.Http2);
        });
        var allowances = new FakeAllowances();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IAllowanceSource>(allowances);
        builder.Services.AddSingleton<IKeySource, NoMoreKeys>();
        builder.Services.AddGateway();
        var app = builder.Build();
        app.UseGateway();
        await app.StartAsync();
        var fixture = new GatewayFixture(app, directory, allowances);
        fixture.State.Swap(setup.Services);
        fixture.State.Callers.SetPlans(_ => setup.Plan);
        fixture.SetApp(setup.Rules, setup.AppLimits);
        fixture.Key = fixture.AddKey(setup.KeyLimits);
        return fixture;
    }

    public void SetApp(AppRuleLists rules, LimitSettings? limits = null) =>
        State.Callers.Apply(new AppConfig(App, Organization, rules, limits ?? LimitSettings.None));

    public TestKey AddKey(LimitSettings? limits = null, bool publishable = false, DateTimeOffset? expiresAt = null)
    {
        var text = KeyText.New(publishable ? KeyTextKind.Publishable : KeyTextKind.Secret);
        var hash = new byte[KeyText.HashSize];
        KeyText.TryHash(text, hash, out _);
        var config = new KeyConfig(
            Guid.CreateVersion7(), App, publishable, hash, limits ?? LimitSettings.None, expiresAt, Revoked: false);
        State.Callers.Apply(config);
        return new TestKey(text, config);
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
    public async Task<ClientWebSocket> Socket(string path, Action<ClientWebSocketOptions>? options = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("X-API-Key", Key.Text);
        options?.Invoke(socket.Options);
        try
        {
            await socket.ConnectAsync(new Uri("ws" + Url["http".Length..] + path), CancellationToken.None);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>All records so far, from the files.</summary>
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
}

public sealed record TestKey(string Text, KeyConfig Config);

/// <summary>A record with its names.</summary>
public sealed record TestRecord(JournalRecord Raw, string Service, string Method, string Upstream)
{
    public bool Billed => Raw.Flags.HasFlag(RecordFlags.Billed);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Raw.Kind} {Service} {Method} {Raw.Outcome} {Raw.Status} units {Raw.Quantity} up {Raw.BytesUp} down {Raw.BytesDown} {Raw.Flags} #{Raw.BatchIndex}");
}
