using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Sluice.Host.Settings;

namespace Sluice.Host.Serving;

/// <summary>Where and within which limits the server listens.</summary>
internal static class Listening
{
    private const int HeaderCountMax = 100;
    private const int HeadersBytesMax = 32 * 1024;
    private const int RequestLineBytesMax = 16 * 1024;
    private const int Http2StreamsMax = 256;
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(130);

    // A client slower than this for longer than the grace is cut off: it would hold a connection for nothing.
    private static readonly MinDataRate SlowestClient = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

    public static void Configure(KestrelServerOptions kestrel, HostSettings settings, TlsCertificate? certificate)
    {
        Limit(kestrel, settings);
        foreach (var address in settings.Addresses) Listen(kestrel, address, certificate);
    }

    public static void Limit(KestrelServerOptions kestrel, HostSettings settings)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestHeaderCount = HeaderCountMax;
        kestrel.Limits.MaxRequestHeadersTotalSize = HeadersBytesMax;
        kestrel.Limits.MaxRequestLineSize = RequestLineBytesMax;
        kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = KeepAliveTimeout;
        kestrel.Limits.MinRequestBodyDataRate = SlowestClient;
        kestrel.Limits.MinResponseDataRate = SlowestClient;
        kestrel.Limits.MaxConcurrentConnections = settings.ConnectionsMax;
        kestrel.Limits.MaxConcurrentUpgradedConnections = settings.ConnectionsMax;
        kestrel.Limits.Http2.MaxStreamsPerConnection = Http2StreamsMax;
    }

    private static void Listen(KestrelServerOptions kestrel, ListenAddress address, TlsCertificate? certificate)
    {
        void Configure(ListenOptions listener)
        {
            listener.Protocols = address.Scheme switch
            {
                "https" => HttpProtocols.Http1AndHttp2,
                "h2c" => HttpProtocols.Http2,
                _ => HttpProtocols.Http1,
            };
            if (!address.IsTls) return;
            listener.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = certificate!.Current,
                    EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls12
                        | System.Security.Authentication.SslProtocols.Tls13,
                }),
            });
        }

        if (address.SocketPath is { } path)
        {
            if (File.Exists(path)) File.Delete(path); // Left by a process that was killed: a bind would fail on it.
            kestrel.ListenUnixSocket(path, Configure);
        }
        else if (address.Host is { } host)
        {
            kestrel.Listen(host, address.Port, Configure);
        }
        else
        {
            kestrel.ListenLocalhost(address.Port, Configure);
        }
    }
}
