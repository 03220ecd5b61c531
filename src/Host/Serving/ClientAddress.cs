using Sluice.Gateway;
using Sluice.Gateway.Rules;

namespace Sluice.Host.Serving;

/// <summary>
/// Behind a proxy that is trusted, people come from where it says: limits and sessions tell networks apart by that. The
/// gateway does the same for its calls by itself.
/// </summary>
internal static class ClientAddress
{
    public static void UseClientAddress(this WebApplication app)
    {
        var proxies = app.Configuration.GetSection("Gateway").Get<GatewayOptions>()?.TrustedProxies ?? [];
        if (proxies.Count == 0) return;
        var trusted = NetworkSet.Compile([.. proxies]);
        app.Use((http, next) =>
        {
            if (http.Connection.RemoteIpAddress is { } peer)
                http.Connection.RemoteIpAddress =
                    ForwardedClient.Resolve(peer, http.Request.Headers["X-Forwarded-For"].ToString(), trusted);
            return next(http);
        });
    }
}
