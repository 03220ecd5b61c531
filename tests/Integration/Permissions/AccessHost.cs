using System.Collections;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sluice.Host.Demo;
using Sluice.Host.Serving;
using Sluice.Host.Settings;
using Sluice.Integration.Rooms;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Organizations;

namespace Sluice.Integration.Permissions;

/// <summary>
/// The whole host as it is built for <c>serve</c>, on a database of its own. Tokens are judged as always; a person with a
/// session is named by a header, and what he is comes from the database.
/// </summary>
internal sealed class AccessHost : IAsyncDisposable
{
    public const string PersonHeader = "X-Test-Person";
    public const string StaleHeader = "X-Test-Stale";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sluice-access-");
    private readonly WebApplication _app;

    private AccessHost(string database)
    {
        var configuration = SluiceConfiguration.From(new Hashtable
        {
            ["SLUICE_DATA"] = _folder.FullName,
            ["SLUICE_ROLES"] = "portal",
            ["SLUICE_URLS"] = "http://127.0.0.1:0",
            ["SLUICE_ORGANIZATIONS__OWNEDMAX"] = "1000",
            ["SLUICE_MAIL__KEEP"] = "true",
            // Every role asks the one organization.
            ["SLUICE_WEBHOOKS__ASKEDPERMINUTE"] = "10000",
            ["SLUICE_API__CALLSBURST"] = "1000000",
        });
        var settings = HostSettings.Read(configuration, terminal: false).Value;
        _app = SluiceServer.Build(settings, configuration, database, new DemoLine(), services =>
        {
            services.AddLogging(logging => logging.ClearProviders());
            services.AddSingleton<IOutbox>(Mails);
            services.PostConfigure<AuthenticationOptions>(authentication =>
            {
                foreach (var scheme in authentication.Schemes) scheme.HandlerType = typeof(TestAuthentication);
            });
        });
    }

    public WantedMails Mails { get; } = new();

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Every route of the host.</summary>
    public IEnumerable<RouteEndpoint> Endpoints =>
        ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    /// <summary>Every route of the host that asks for a permission, once a verb.</summary>
    public IReadOnlyList<AccessRoute> Routes =>
    [
        .. from endpoint in Endpoints
           let requires = endpoint.Metadata.GetMetadata<RequiresAttribute>()
           where requires is not null
           from verb in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
           select new AccessRoute(verb, "/" + endpoint.RoutePattern.RawText!.Trim('/'), requires),
    ];

    public static async Task<AccessHost> Start(string database)
    {
        var host = new AccessHost(database);
        await host._app.StartAsync();
        host.Http.BaseAddress = new Uri(SluiceServer.BoundUrls(host._app)[0]);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private sealed class TestAuthentication(
        IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, ITenants tenants,
        Memberships memberships) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
    {
        protected override async Task<AuthenticateResult> HandleAuthenticateAsync() => await Who() is { } actor
            ? AuthenticateResult.Success(new AuthenticationTicket(Principal(actor), Scheme.Name))
            : AuthenticateResult.NoResult();

        private async Task<Actor?> Who()
        {
            if (WireId.TryParse<UserId>(Request.Headers[PersonHeader], out var user))
            {
                var person = await memberships.Person(user, Context.RequestAborted);
                return person is null ? null : person with
                {
                    Session = WireId.New<SessionId>(),
                    IsFresh = !Request.Headers.ContainsKey(StaleHeader),
                };
            }
            var header = Request.Headers.Authorization.ToString();
            return header.StartsWith("Bearer ", StringComparison.Ordinal)
                ? await tenants.Authenticate(header["Bearer ".Length..], Context.RequestAborted)
                : null;
        }

        private ClaimsPrincipal Principal(Actor actor) => actor.ToPrincipal(Scheme.Name);
    }
}

/// <summary>A route with what it asks for.</summary>
internal sealed record AccessRoute(string Verb, string Pattern, RequiresAttribute Requires)
{
    public string Name => $"{Verb} {Pattern}";

    public bool IsApi => Pattern.StartsWith("/api/", StringComparison.Ordinal);

    /// <summary>The names of the parameters in the pattern.</summary>
    public IEnumerable<string> Parameters =>
        from part in Pattern.Split('/')
        where part.StartsWith('{')
        select part.Trim('{', '}').Split(':', '=')[0].Trim('*', '?');
}
