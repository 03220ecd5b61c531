using System.Text;

namespace Sluice.Gateway.PlainHttp;

/// <summary>Addresses on the way: to the upstream as they were sent, to the price list in plain, and back.</summary>
internal static class Target
{
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>The upstream's base address with what followed the service's, percent-encoding untouched.</summary>
    /// <param name="upstream">Base address; its query, if any, comes first.</param>
    /// <param name="rest">"" or "/…" or "?…", checked for dot segments.</param>
    public static Uri Upstream(Uri upstream, string rest)
    {
        var query = rest.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? rest : rest[..query];
        var basePath = upstream.AbsolutePath;
        var made = new StringBuilder(upstream.Scheme).Append("://").Append(upstream.Authority)
            .Append(path.Length == 0 ? basePath : basePath.TrimEnd('/') + path)
            .Append(upstream.Query);
        if (query >= 0)
        {
            if (upstream.Query.Length > 1) made.Append('&').Append(rest, query + 1, rest.Length - query - 1);
            else made.Append(rest, query, rest.Length - query);
        }
        if (!Uri.TryCreate(made.ToString(), in AsItIs, out var uri)) throw new InvalidOperationException("The target is no URI.");
        return uri;
    }

    /// <summary>
    /// The path by which a call is priced: percent-encoding undone and slashes merged, because the upstream may read
    /// it so, and another spelling must not be another price.
    /// </summary>
    public static string Priced(string rest)
    {
        var query = rest.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? rest : rest[..query];
        if (path.Length == 0) return "/";
        if (path.Contains('%', StringComparison.Ordinal)) path = Uri.UnescapeDataString(path);
        while (path.Contains("//", StringComparison.Ordinal)) path = path.Replace("//", "/", StringComparison.Ordinal);
        return path;
    }

    /// <summary>The service's own address as the client wrote it, without a trailing slash; also with its key segment.</summary>
    public static string Gateway(string rawTarget, string rest, string service)
    {
        var target = rawTarget;
        if (rest.Length > 0 && target.EndsWith(rest, StringComparison.Ordinal)) target = target[..^rest.Length];
        target = target.TrimEnd('/');
        return target is "/v1" ? "/v1/" + service : target;
    }

    /// <summary>
    /// What a client may be told of a redirect: an address under the upstream's base becomes the gateway's, one
    /// elsewhere on the upstream's host is left out (null), one on another host stays.
    /// </summary>
    public static string? Location(string location, Uri upstream, string gateway)
    {
        var local = location;
        if (location.StartsWith("//", StringComparison.Ordinal) || location.Contains("://", StringComparison.Ordinal))
        {
            var text = location.StartsWith("//", StringComparison.Ordinal) ? upstream.Scheme + ":" + location : location;
            if (!Uri.TryCreate(text, in AsItIs, out var uri)) return null;
            // A query may name any address; only the host that is gone to matters.
            if (!string.Equals(uri.Host, upstream.Host, StringComparison.OrdinalIgnoreCase))
                return uri.Scheme is "http" or "https" ? location : null;
            if (uri.Port != upstream.Port) return null;
            local = uri.PathAndQuery + uri.Fragment;
        }
        else if (!location.StartsWith('/'))
        {
            return location;
        }
        var basePath = upstream.AbsolutePath.TrimEnd('/');
        if (!local.StartsWith(basePath, StringComparison.Ordinal)) return null;
        var rest = local[basePath.Length..];
        return rest.Length == 0 || rest[0] is '/' or '?' or '#' ? gateway + rest : null;
    }
}
