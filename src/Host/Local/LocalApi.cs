using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Sluice.Host.Database;
using Sluice.Host.Postgres;
using Sluice.Host.Serving;
using Sluice.Host.Settings;
using Sluice.Kernel;

namespace Sluice.Host.Local;

/// <summary>
/// The API for one command on this machine: the same routes as everywhere, on a unix socket in a folder that only this
/// user may enter, open to the bearer of a token that lives as long as the command. It acts as the system.
/// </summary>
internal sealed class LocalApi : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly PrivateCluster? _cluster;
    private readonly string _folder;

    private LocalApi(WebApplication app, PrivateCluster? cluster, string folder, string token)
    {
        _app = app;
        _cluster = cluster;
        _folder = folder;
        var socket = Path.Combine(folder, "api.sock");
        Client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectCallback = async (_, ct) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), ct);
                return new NetworkStream(connection, ownsSocket: true);
            },
        })
        {
            BaseAddress = new Uri("http://localhost/api/v1/"),
        };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public HttpClient Client { get; }

    public static async Task<LocalApi> Start(HostSettings settings, SluiceConfiguration configuration, CancellationToken ct)
    {
        Demo.DemoProfile.FindChain(settings.DataDirectory);
        var cluster = settings.Database is null ? await PrivateCluster.Use(settings.DataDirectory, ct) : null;
        var folder = Directory.CreateTempSubdirectory("sluice-").FullName; // Made with 0700.
        try
        {
            var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
            var app = Build(
                settings, configuration, settings.Database ?? cluster!.ConnectionString,
                Path.Combine(folder, "api.sock"), token);
            await app.Services.GetRequiredService<Migrator>().Migrate(ct);
            await app.StartAsync(ct);
            return new LocalApi(app, cluster, folder, token);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            if (cluster is not null) await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    private static WebApplication Build(
        HostSettings settings, SluiceConfiguration configuration, string connectionString, string socket, string token)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "sluice" });
        builder.Configuration.AddInMemoryCollection(configuration.Values);
        Observability.Logs.Configure(builder.Logging, settings with { LogLevel = LogLevel.Warning, LogJson = false });
        var framework = builder.Services.Where(service => service.ServiceType == typeof(IHostedService)).ToHashSet();
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new OneTimeToken(token));
        builder.Services.AddSluiceDatabase(connectionString);
        builder.Services.AddRouting();
        builder.Services.AddKeyRing(settings);
        builder.Services.AddRooms(Roles.None);
        builder.Services.AddJournals(settings);
        builder.Services.AddPeople(settings);
        if (Demo.DemoProfile.HasChain(settings.DataDirectory)) builder.Services.KeepMail();
        // Workers belong to 'serve': a command asks and is gone.
        foreach (var worker in builder.Services.Where(service => service.ServiceType == typeof(IHostedService)).ToList())
            if (!framework.Contains(worker)) builder.Services.Remove(worker);
        builder.Services.PostConfigure<AuthenticationOptions>(authentication =>
        {
            foreach (var scheme in authentication.Schemes) scheme.HandlerType = typeof(OneTimeTokenHandler);
        });
        builder.WebHost.UseKestrel((_, _) => { });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket));
        var app = builder.Build();
        app.UseHostConventions();
        app.UseRouting();
        if (app.Services.GetService<IAuthenticationSchemeProvider>() is not null) app.UseAuthentication().UseAuthorization();
        app.MapGroup("/api/v1").MapRooms();
        return app;
    }

    private sealed record OneTimeToken(string Text);

    private sealed class OneTimeTokenHandler(
        IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, OneTimeToken token)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
            Callers.HasToken(Context, token.Text)
                ? AuthenticateResult.Success(new AuthenticationTicket(Principal(), Scheme.Name))
                : AuthenticateResult.NoResult());

        private ClaimsPrincipal Principal() => Actor.System.ToPrincipal(Scheme.Name);
    }
}
