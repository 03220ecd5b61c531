using System.Buffers;
using System.Text.Json;

namespace Sluice.Platform.Catalog.Inside.Reading;

/// <summary>Reads the upstreams of a service. URLs and header values may hold credentials and are never echoed.</summary>
internal static class UpstreamReader
{
    internal const int UpstreamsMax = 64;
    internal const int HeadersMax = 32;
    internal const int UrlCharactersMax = 2048;
    internal const int HeaderCharactersMax = 8192;

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // Set by the gateway itself for every request.
    private static readonly HashSet<string> Owned = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Content-Encoding", "Content-Length", "Host", "Keep-Alive", "Proxy-Authorization",
        "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Sec-WebSocket-Key",
        "Sec-WebSocket-Version", "Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol",
    };

    public static IReadOnlyList<UpstreamDefinition> ReadAll(ObjectAt service, ServiceProtocol protocol)
    {
        List<UpstreamDefinition> upstreams = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (var (item, path) in service.Items("upstreams", UpstreamsMax))
        {
            if (ObjectAt.Open(item, path, service.Faults) is not { } at) continue;
            var upstream = Read(at, protocol);
            upstreams.Add(upstream);
            if (upstream.Name.Length > 0 && !names.Add(upstream.Name))
                at.Faults.Add(at.At("name"), $"\"{upstream.Name}\" stands twice in this service. Rename one.");
        }
        return upstreams;
    }

    private static UpstreamDefinition Read(ObjectAt at, ServiceProtocol protocol)
    {
        var kind = at.Choice("kind", UpstreamKind.Plain);
        var upstream = new UpstreamDefinition(
            CatalogNames.ReadUpstream(at),
            kind,
            ReadUrl(at, "url", ["http", "https"], required: true) ?? "",
            ReadUrl(at, "socketUrl", ["ws", "wss"], required: false),
            ReadTarget(at, kind),
            ReadHeaders(at),
            (int)at.Whole("concurrencyMax", 1, 65_536, 1024));
        if (kind == UpstreamKind.GatewayKit && upstream.SocketUrl is not null)
            at.Faults.Add(at.At("socketUrl"), "is of no use: Gateway Kit has no sockets. Remove it.");
        if (kind == UpstreamKind.GatewayKit && protocol == ServiceProtocol.Http)
            at.Faults.Add(at.At("kind"), "gatewayKit takes JSON-RPC posts only. Use plain or path for a plain HTTP service.");
        at.Close();
        return upstream;
    }

    private static string? ReadTarget(ObjectAt at, UpstreamKind kind)
    {
        var target = at.Text("target", 64);
        switch (kind)
        {
            case UpstreamKind.Plain when target is not null:
                at.Faults.Add(at.At("target"), "is for gatewayKit and path upstreams. Remove it, or set \"kind\".");
                break;
            case UpstreamKind.GatewayKit when target is not { Length: 4 } || !target.All(char.IsAsciiLetterOrDigit):
                at.Faults.Add(
                    at.At("target"),
                    "must be Gateway Kit's chain id of exactly 4 letters or digits, such as \"0021\".");
                break;
            case UpstreamKind.Path when string.IsNullOrEmpty(target) || target.AsSpan().ContainsAnyExcept(TokenCharacters):
                at.Faults.Add(at.At("target"), "must be PATH's service id, such as \"eth\".");
                break;
        }
        return target;
    }

    private static string? ReadUrl(ObjectAt at, string property, string[] schemes, bool required)
    {
        if (at.Text(property, UrlCharactersMax, required) is not { Length: > 0 } url) return null;
        var path = at.At(property);
        if (References.Fault(url) is { } fault) at.Faults.Add(path, fault);
        else if (UpstreamUrl.Fault(url, schemes) is { } wrong) at.Faults.Add(path, wrong);
        return url;
    }

    private static Dictionary<string, string> ReadHeaders(ObjectAt upstream)
    {
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        if (upstream.Object("headers") is not { } at) return headers;
        if (at.All.Count() > HeadersMax)
        {
            at.Faults.Add(at.Path, $"has more than {HeadersMax} headers.");
            return headers;
        }
        foreach (var (name, value) in at.All)
        {
            var path = at.At(name);
            if (name.Length is 0 or > 100 || name.AsSpan().ContainsAnyExcept(TokenCharacters))
                at.Faults.Add(path, "is no header name. Use letters, digits and -.");
            else if (Owned.Contains(name))
                at.Faults.Add(path, "is set by the gateway itself. Remove it.");
            else if (ReadHeaderValue(value, path, at.Faults) is { } text && !headers.TryAdd(name, text))
                at.Faults.Add(path, "stands twice in another case. Remove one of the two.");
        }
        return headers;
    }

    private static string? ReadHeaderValue(JsonElement value, string path, Faults faults)
    {
        if (ObjectAt.TextOf(value, path, faults) is not { } text) return null;
        if (text.Length > HeaderCharactersMax)
            faults.Add(path, $"has {text.Length} characters, at most {HeaderCharactersMax} are allowed.");
        else if (text.Any(char.IsControl))
            faults.Add(path, "holds a control character, such as a line break. Remove it.");
        else if (text.Any(c => c > 0x7e) && text != Credentials.Mask)
            faults.Add(path, "holds a character that no header may carry. Use plain ASCII.");
        else if (text.StartsWith(Credentials.SealedPrefix, StringComparison.Ordinal))
            faults.Add(path, "is an encrypted value of some database. Write the value itself, or a reference.");
        else if (References.Fault(text) is { } fault) faults.Add(path, fault);
        return text;
    }
}
