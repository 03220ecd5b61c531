using System.Net;
using System.Text;
using Sluice.Gateway.Snapshot;

namespace Sluice.Gateway.Upstreams;

/// <summary>
/// The client through which plain HTTP and sockets reach an upstream: it follows no redirect, keeps no cookie, unpacks
/// nothing and tells nobody's trace.
/// </summary>
internal static class ForwardingClient
{
    public static HttpMessageInvoker Make(UpstreamConfig config, int connectTimeoutMs) => new(new SocketsHttpHandler
    {
        ActivityHeadersPropagator = null,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromMilliseconds(connectTimeoutMs),
        EnableMultipleHttp2Connections = true,
        MaxConnectionsPerServer = config.ConcurrencyMax,
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        UseCookies = false,
        UseProxy = false,
    });
}
