using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Platform.Catalog;
using Sluice.Platform.Keys;

namespace Sluice.Host.Wiring;

/// <summary>Turns what the rooms say into what the data plane reads. Nothing is decided here.</summary>
internal static class CatalogMapping
{
    public static ServiceConfig ToConfig(ServiceDefinition service) => new()
    {
        Name = service.Name,
        JsonRpc = service.Protocol == ServiceProtocol.JsonRpc,
        Enabled = service.Enabled,
        PriceVersion = service.Version,
        DefaultUnits = service.Prices.DefaultUnits,
        MethodUnits = service.Prices.Methods,
        UnlistedAllowed = service.Prices.UnlistedAllowed,
        Durable = service.Durable,
        BillClientErrors = service.Billing.ClientErrors,
        MessageUpUnits = service.Billing.MessageUpUnits,
        MessageDownUnits = service.Billing.MessageDownUnits,
        PushUnits = service.Billing.PushUnits,
        KeepMs = service.Cache.Where(rule => rule.TtlMs > 0).ToDictionary(
            rule => rule.Method, rule => rule.TtlMs, StringComparer.Ordinal),
        BatchMax = service.Limits.BatchMax,
        DepthMax = service.Limits.DepthMax,
        RequestBytesMax = service.Limits.RequestBytesMax,
        ResponseBytesMax = service.Limits.ResponseBytesMax,
        ConnectTimeoutMs = service.Limits.ConnectTimeoutMs,
        TimeoutMs = service.Limits.TimeoutMs,
        IdleTimeoutMs = service.Limits.IdleTimeoutMs,
        AttemptsMax = service.Limits.AttemptsMax,
        SocketMessageBytesMax = service.Limits.SocketMessageBytesMax,
        SubscriptionsMax = service.Limits.SubscriptionsMax,
        Probe = service.Protocol != ServiceProtocol.JsonRpc ? ProbeKind.None : service.Chain switch
        {
            ChainFamily.Evm => ProbeKind.Evm,
            ChainFamily.Solana => ProbeKind.Solana,
            _ => ProbeKind.None,
        },
        ChainId = service.ChainId,
        Upstreams = [.. service.Upstreams.Select(ToConfig)],
    };

    public static UpstreamConfig ToConfig(UpstreamDefinition upstream)
    {
        var url = new Uri(Address(upstream.Url, upstream));
        var socket = upstream.SocketUrl is { } named
            ? new Uri(Address(named, upstream))
            : new UriBuilder(url) { Scheme = url.Scheme == Uri.UriSchemeHttps ? "wss" : "ws" }.Uri;
        var headers = upstream.Headers.OrderBy(h => h.Key, StringComparer.Ordinal).ToList();
        if (upstream is { Kind: UpstreamKind.Path, Target: { } target }) headers.Add(new("Target-Service-Id", target));
        return new UpstreamConfig(upstream.Name, url, socket, headers, upstream.ConcurrencyMax);
    }

    public static LimitSettings ToSettings(LimitSet limits) => new(
        limits.RequestsPerSecond, limits.UnitsPerSecond, limits.DailyUnits, limits.MonthlyUnits,
        limits.Cap == QuotaCap.Hard);

    public static AppConfig ToConfig(AppState app) => new(
        app.Id.Value, app.Organization.Value,
        new AppRuleLists(
            app.Rules.Services, app.Rules.Methods, app.Rules.Contracts, app.Rules.Origins, app.Rules.UserAgents,
            app.Rules.Networks),
        ToSettings(app.Limits));

    public static OrganizationConfig ToConfig(OrganizationState organization) =>
        new(organization.Id.Value, organization.Suspended);

    public static KeyConfig ToConfig(KeyState key) => new(
        key.Id.Value, key.App.Value, key.Kind == KeyKind.Publishable, key.Hash, ToSettings(key.Limits), key.ExpiresAt,
        key.RevokedAt is not null);

    // POKT Gateway Kit takes relays at /relay/{chain}, PATH at /v1 with the service in a header.
    private static string Address(string url, UpstreamDefinition upstream) => upstream.Kind switch
    {
        UpstreamKind.Plain => url,
        UpstreamKind.GatewayKit => $"{url.TrimEnd('/')}/relay/{upstream.Target}",
        UpstreamKind.Path => url.TrimEnd('/').EndsWith("/v1", StringComparison.Ordinal) ? url : url.TrimEnd('/') + "/v1",
        _ => throw new ArgumentOutOfRangeException(nameof(upstream)),
    };
}
