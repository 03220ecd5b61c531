using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sluice.Integration.Postgres;
using Sluice.Integration.Rooms.Jwt;
using Sluice.Integration.SignIn;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Providers;
using Xunit;

namespace Sluice.Integration.Rooms.Providers;

/// <summary>The rooms with providers in their settings, and browsers that travel to them and back.</summary>
internal sealed class ProviderSite : IAsyncDisposable
{
    public static readonly Origin From = new("request", "192.0.2.0/24", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");

    private ProviderSite(TokensApi api, StandInProvider provider, StandInProvider other) =>
        (Api, Provider, Other) = (api, provider, other);

    public TokensApi Api { get; }

    /// <summary>Named <c>standin</c>.</summary>
    public StandInProvider Provider { get; }

    /// <summary>Named <c>other</c>.</summary>
    public StandInProvider Other { get; }

    /// <summary>Every line that was logged.</summary>
    public LogLines Log { get; private init; } = new();

    public IProviders Providers => Api.Get<IProviders>();

    public ILogins Logins => Api.Get<ILogins>();

    public static async Task<ProviderSite> Start(
        PostgresCluster postgres, Action<TenantsOptions>? tenants = null, params (string Name, string Value)[] settings)
    {
        var clock = new Holder();
        var provider = await StandInProvider.Start(() => clock.Time!.GetUtcNow());
        var other = await StandInProvider.Start(() => clock.Time!.GetUtcNow());
        var named = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, one) in new[] { ("STANDIN", provider), ("OTHER", other) })
        {
            named[$"Providers:{name}:ISSUER"] = one.Url;
            named[$"Providers:{name}:CLIENTID"] = StandInProvider.ClientId;
            named[$"Providers:{name}:CLIENTSECRET"] = StandInProvider.ClientSecret;
            named[$"Providers:{name}:AUTHORITYFILE"] = one.AuthorityFile;
            named[$"Providers:{name}:TIMEOUTMS"] = "2000";
        }
        foreach (var (name, value) in settings) named[$"Providers:{name}"] = value;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(named).Build();
        var log = new LogLines();
        var api = await TokensApi.Start(postgres, services =>
        {
            services.AddLogging(logging => logging.AddProvider(log));
            services.Configure<ProviderSet>(set => set.Read(configuration.GetSection("Providers")));
            services.Configure<TenantsOptions>(options =>
            {
                options.PublicUrl = new Uri("https://sluice.example");
                tenants?.Invoke(options);
            });
        });
        clock.Time = api.Time;
        return new ProviderSite(api, provider, other) { Log = log };
    }

    /// <summary>Leaves for a provider.</summary>
    public async Task<Leaving> Depart(string provider = "standin", string? ticket = null, Actor? actor = null, string? next = "/console")
    {
        var left = await Providers.Depart(provider, ticket, next, actor, new Origin(null, null, null));
        Assert.True(left.Ok, left.Refusal?.Message);
        return new Leaving(provider, left.Value.Url, left.Value.Kept);
    }

    /// <summary>Leaves for what a page of the actor's session offers.</summary>
    public async Task<Leaving> Depart(ProviderAim aim, Actor actor, string provider = "standin")
    {
        var way = Providers.Way(provider, aim, "/account/security", actor);
        Assert.True(way.Ok, way.Refusal?.Message);
        return await Depart(provider, TicketOf(way.Value), actor, null);
    }

    public static string TicketOf(string way) => QueryHelpers.ParseQuery(new Uri("https://x" + way).Query)["ticket"].ToString();

    /// <summary>Comes back with a code.</summary>
    public Task<Result<ProviderArrival>> Arrive(Leaving left, string? code, Actor? actor = null, string? issuer = null) =>
        Providers.Arrive(left.Provider, new ProviderAnswer(code, left.State, issuer, null), left.Kept, actor, From);

    /// <summary>There and back as somebody.</summary>
    public async Task<Result<ProviderArrival>> Travel(
        string subject, string? email = null, Action<Dictionary<string, object>>? change = null, string provider = "standin")
    {
        var left = await Depart(provider);
        return await Arrive(left, (provider == "standin" ? Provider : Other).Enter(left.Url, subject, email, change));
    }

    /// <summary>There and back for what a page of the actor's session offers.</summary>
    public async Task<Result<ProviderArrival>> Travel(
        ProviderAim aim, Actor actor, string subject, Action<Dictionary<string, object>>? change = null)
    {
        var left = await Depart(aim, actor);
        return await Arrive(left, Provider.Enter(left.Url, subject, null, change), actor);
    }

    /// <summary>Who a session that just began stands for.</summary>
    public async Task<Actor> ActorOf(Result<ProviderArrival> arrival)
    {
        Assert.True(arrival.Ok, arrival.Refusal?.Message);
        Assert.NotNull(arrival.Value.Session);
        return (await Api.Get<ISessions>().Authenticate(arrival.Value.Session.Secret, From))!;
    }

    public Task<long> Users => Api.Scalar("SELECT count(*) FROM tenants.users");

    public Task<long> Sessions => Api.Scalar("SELECT count(*) FROM tenants.sessions");

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        await Provider.DisposeAsync();
        await Other.DisposeAsync();
    }

    private sealed class Holder
    {
        public TimeProvider? Time { get; set; }
    }
}

/// <summary>A browser on its way: where it goes, and what it keeps.</summary>
internal sealed record Leaving(string Provider, Uri Url, string Kept)
{
    public string State => QueryHelpers.ParseQuery(Url.Query)["state"].ToString();
}
