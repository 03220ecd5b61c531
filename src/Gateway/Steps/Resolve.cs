using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sluice.Gateway.Snapshot;

namespace Sluice.Gateway.Steps;

/// <summary>
/// Finds the service: <c>/v1/{service}</c>, <c>{service}.{host}</c>, or <c>/v1</c> with <c>Target-Service-Id</c>. What
/// follows is kept as it was sent, because decoding and encoding again would change it.
/// </summary>
internal sealed class Resolve(GatewayState state, string[] hosts)
{
    public const string Prefix = "/v1";

    /// <summary>Whether a request is the gateway's at all; everything else belongs to the host.</summary>
    public bool IsOurs(HttpContext http)
    {
        var path = http.Request.Path.Value.AsSpan();
        if (path.StartsWith(Prefix, StringComparison.Ordinal) && (path.Length == Prefix.Length || path[Prefix.Length] == '/'))
            return true;
        return !SubdomainOf(http).IsEmpty;
    }

    public bool Run(Exchange x)
    {
        var target = RawTarget(x.Http);
        var rest = target.AsSpan();
        Service? service;
        var subdomain = SubdomainOf(x.Http);
        if (!subdomain.IsEmpty)
        {
            service = state.Snapshot.Find(subdomain);
        }
        else
        {
            if (!rest.StartsWith(Prefix, StringComparison.Ordinal)) return Refuse(x, GatewayError.BadTarget);
            rest = rest[Prefix.Length..];
            if (rest.IsEmpty || rest[0] == '?' || rest is "/" || rest.StartsWith("/?", StringComparison.Ordinal)
                || rest.StartsWith("/~", StringComparison.Ordinal))
            {
                var named = x.Http.Request.Headers["Target-Service-Id"].ToString();
                if (named.Length == 0) return Refuse(x, GatewayError.NoServiceNamed);
                service = state.Snapshot.Find(named);
            }
            else
            {
                rest = rest[1..];
                var end = rest.IndexOfAny('/', '?');
                service = state.Snapshot.Find(end < 0 ? rest : rest[..end]);
                rest = end < 0 ? "" : rest[end..];
            }
        }
        if (service is null) return Refuse(x, GatewayError.NoService);
        if (!service.Config.Enabled) return Refuse(x, GatewayError.ServiceDisabled);
        x.Service = service;
        TakePathKey(x, ref rest);
        // A compatible client says /v1 on the service's own host name too.
        if (!subdomain.IsEmpty && service.Config.JsonRpc && rest.StartsWith(Prefix, StringComparison.Ordinal))
        {
            rest = rest[Prefix.Length..];
            TakePathKey(x, ref rest);
        }
        // "/v1x" on a service's own host, or the "*" of OPTIONS: nothing that could be appended to an upstream's path.
        if (!rest.IsEmpty && rest[0] is not ('/' or '?')) return Refuse(x, GatewayError.BadTarget);
        x.Rest = rest is "" or "/" ? "" : rest.ToString();
        if (service.Config.JsonRpc && x.Rest.Length > 0 && x.Rest[0] == '/' && !x.Rest.StartsWith("/?", StringComparison.Ordinal))
            return Refuse(x, GatewayError.NoPathHere);
        return IsPlain(x.Rest) || Refuse(x, GatewayError.BadTarget);
    }

    // The reserved segment /~{key}: a wallet can be given nothing but a URL.
    private static void TakePathKey(Exchange x, ref ReadOnlySpan<char> rest)
    {
        if (!rest.StartsWith("/~", StringComparison.Ordinal)) return;
        var key = rest[2..];
        var end = key.IndexOfAny('/', '?');
        x.PathKey = (end < 0 ? key : key[..end]).ToString();
        rest = end < 0 ? "" : key[end..];
    }

    /// <summary>
    /// No dot segments, in any spelling: behind the gateway they would climb out of the upstream's base path.
    /// </summary>
    private static bool IsPlain(ReadOnlySpan<char> rest)
    {
        var query = rest.IndexOf('?');
        var path = query < 0 ? rest : rest[..query];
        foreach (var c in rest)
            if (c is <= ' ' or '\\' or '#' or '\x7f') return false;
        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            if (segment.Length is 0 or > 9) continue;
            var dots = 0;
            while (!segment.IsEmpty)
            {
                if (segment[0] == '.') segment = segment[1..];
                else if (segment.StartsWith("%2e", StringComparison.OrdinalIgnoreCase)) segment = segment[3..];
                else break;
                dots++;
            }
            if (dots is 1 or 2 && (segment.IsEmpty || segment[0] == ';')) return false;
        }
        return true;
    }

    private ReadOnlySpan<char> SubdomainOf(HttpContext http)
    {
        var host = http.Request.Host.Value.AsSpan();
        var port = host.LastIndexOf(':');
        if (port > 0 && !host.EndsWith("]", StringComparison.Ordinal)) host = host[..port];
        foreach (var parent in hosts)
        {
            var label = host.Length - parent.Length - 1;
            if (label <= 0 || host[label] != '.' || !host.EndsWith(parent, StringComparison.OrdinalIgnoreCase)) continue;
            var name = host[..label];
            if (!name.Contains('.') && state.Snapshot.Find(name) is not null) return name;
        }
        return [];
    }

    private static string RawTarget(HttpContext http)
    {
        var raw = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        // The absolute form (RFC 9112, 3.2.2) names the host once more.
        if (raw.Length > 0 && raw[0] == '/') return raw;
        return Uri.TryCreate(raw, UriKind.Absolute, out var uri) ? uri.PathAndQuery : raw;
    }

    private static bool Refuse(Exchange x, GatewayError error)
    {
        x.Refused = new Refused(error);
        return false;
    }
}
