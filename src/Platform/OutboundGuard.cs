using System.Net;
using System.Net.Sockets;

namespace Sluice.Platform;

/// <summary>
/// Requests to addresses that somebody else chose. Only https; the name is resolved here, every address that it has must be
/// one of the public net, and the connection goes to the address that was looked at: a name that answers otherwise a moment
/// later leads nowhere else. No redirect is followed, no proxy used, no connection kept for another request.
/// </summary>
public sealed class OutboundGuard : IDisposable
{
    private const int UrlMax = 2000;
    private const int HeadersKbMax = 16;

    private static readonly IPNetwork[] Closed4 =
    [
        Net("0.0.0.0/8"), Net("10.0.0.0/8"), Net("100.64.0.0/10"), Net("127.0.0.0/8"), Net("169.254.0.0/16"),
        Net("172.16.0.0/12"), Net("192.0.0.0/24"), Net("192.0.2.0/24"), Net("192.88.99.0/24"), Net("192.168.0.0/16"),
        Net("198.18.0.0/15"), Net("198.51.100.0/24"), Net("203.0.113.0/24"), Net("224.0.0.0/4"), Net("240.0.0.0/4"),
        // A cloud's own service that stands on a public address.
        Net("168.63.129.16/32"),
    ];

    // Of IPv6 only what is given out to the net (RFC 4291, IANA) is public at all: mapped, NAT64, ULA and the rest lie outside.
    private static readonly IPNetwork Given6 = Net("2000::/3");

    private static readonly IPNetwork[] Closed6 =
    [
        // Teredo, ORCHID and other protocols; documentation; 6to4, which wraps an IPv4 address.
        Net("2001::/23"), Net("2001:db8::/32"), Net("2002::/16"), Net("3fff::/20"),
    ];

    private readonly IReadOnlyList<IPNetwork> _own;
    private readonly bool _plainLoopback;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly HttpMessageInvoker _http;

    /// <param name="own">Networks of the operator's own that may be reached besides.</param>
    /// <param name="plainLoopback">Whether <c>http</c> to this machine itself is allowed: for trying things out.</param>
    /// <param name="connectMax">Longest time to a connection.</param>
    /// <param name="resolve">Addresses of a name; null asks the system.</param>
    /// <param name="trust">Checks certificates in place of the system; null: the system does.</param>
    public OutboundGuard(
        IReadOnlyList<IPNetwork> own, bool plainLoopback, TimeSpan connectMax,
        Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null,
        System.Net.Security.RemoteCertificateValidationCallback? trust = null)
    {
        (_own, _plainLoopback) = (own, plainLoopback);
        _resolve = resolve ?? Dns.GetHostAddressesAsync;
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = Connect,
            ConnectTimeout = connectMax,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = HeadersKbMax,
            // What nobody reads is not waited for.
            MaxResponseDrainSize = 0,
            // Each request looks at the address anew.
            PooledConnectionLifetime = TimeSpan.Zero,
        };
        if (trust is not null) handler.SslOptions.RemoteCertificateValidationCallback = trust;
        _http = new HttpMessageInvoker(handler);
    }

    /// <summary>Whether an address is one of the public net.</summary>
    public static bool IsPublic(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !Closed4.Any(net => net.Contains(address)),
        // The networks of the framework take what is mapped for the IPv4 address that it stands for.
        AddressFamily.InterNetworkV6 => !address.IsIPv4MappedToIPv6 && Given6.Contains(address)
            && !Closed6.Any(net => net.Contains(address)),
        _ => false,
    };

    /// <summary>
    /// Whether requests may go to this address: public, the operator's own, or this machine where that is allowed.
    /// </summary>
    public bool Allows(IPAddress address)
    {
        // What stands for an IPv4 address is judged as that, and never public as it is.
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _own.Any(net => net.Contains(plain)) || (!address.IsIPv4MappedToIPv6 && IsPublic(address))
            || (_plainLoopback && IPAddress.IsLoopback(plain));
    }

    /// <summary>What is wrong with an address as it is written, and the fix; null when nothing is. Asks no name server.</summary>
    public string? Fault(string url)
    {
        if (url.Length > UrlMax) return $"has {url.Length} characters, at most {UrlMax} are allowed.";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            return "is no address of a server: write https://hooks.example.com/sluice.";
        if (uri.UserInfo.Length > 0) return "holds a user name or password: what signs each request proves who sent it.";
        if (uri.Fragment.Length > 0) return "ends in a fragment (#…), which no server sees. Remove it.";
        var literal = IPAddress.TryParse(uri.DnsSafeHost, out var address) ? address : null;
        var local = literal is null ? uri.IdnHost is "localhost" : IPAddress.IsLoopback(literal);
        if (uri.Scheme != Uri.UriSchemeHttps && !(uri.Scheme == Uri.UriSchemeHttp && _plainLoopback && local))
            return "does not begin with https://. What is sent is meant for you alone.";
        if (literal is not null && !Allows(literal)) return "names an address that is not of the public net.";
        return local && !_plainLoopback && literal is null ? "names this machine itself." : null;
    }

    /// <summary>
    /// Sends and returns the head of the answer; the caller reads the body, as much as it wants. Throws
    /// <see cref="OutboundRefusedException"/> where the address may not be reached.
    /// </summary>
    public async Task<HttpResponseMessage> Send(HttpRequestMessage request, CancellationToken ct)
    {
        if (Fault(request.RequestUri?.OriginalString ?? "") is { } fault)
            throw new OutboundRefusedException($"The address {fault}");
        try
        {
            return await _http.SendAsync(request, ct);
        }
        catch (HttpRequestException error) when (error.InnerException is OutboundRefusedException refused)
        {
            throw new OutboundRefusedException(refused.Message, error);
        }
    }

    /// <summary>The first bytes of an answer's body, at most so many; the rest is not waited for.</summary>
    public static async Task<byte[]> Begin(HttpContent body, int most, CancellationToken ct)
    {
        var bytes = new byte[most];
        await using var stream = await body.ReadAsStreamAsync(ct);
        var length = await stream.ReadAtLeastAsync(bytes, most, throwOnEndOfStream: false, ct);
        return bytes[..length];
    }

    public void Dispose() => _http.Dispose();

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await _resolve(host, ct);
        if (addresses.Length == 0) throw new OutboundRefusedException($"{host} has no address.");
        // One that is not of the public net among them is no accident.
        if (Array.Find(addresses, one => !Allows(one)) is not null)
            throw new OutboundRefusedException($"{host} has an address that is not of the public net.");
        // In clear to this machine itself and to nobody else, whatever the name has become since it was looked at.
        var clear = context.InitialRequestMessage.RequestUri?.Scheme == Uri.UriSchemeHttp;
        if (clear && !Array.TrueForAll(addresses, IPAddress.IsLoopback))
            throw new OutboundRefusedException($"{host} is not this machine, so nothing is sent to it in clear.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static IPNetwork Net(string text) => IPNetwork.Parse(text);
}

/// <summary>An address that may not be reached was asked for.</summary>
public sealed class OutboundRefusedException : Exception
{
    public OutboundRefusedException()
    {
    }

    public OutboundRefusedException(string message) : base(message)
    {
    }

    public OutboundRefusedException(string message, Exception inner) : base(message, inner)
    {
    }
}
