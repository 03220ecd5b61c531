namespace Sluice.Platform.Catalog.Inside;

/// <summary>
/// Which texts of an upstream are literal credentials, and how they are sealed for the database, opened again and
/// masked for the eye. Closed by default: a literal header value is a credential unless its name is known to be none.
/// </summary>
internal static class Credentials
{
    internal const string Mask = "•••";
    internal const string SealedPrefix = "sealed:";
    private const int PathSecretCharacters = 20;

    private static readonly string[] Schemes = ["Bearer", "Basic", "Token", "ApiKey"];

    private static readonly HashSet<string> Harmless = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept", "Accept-Language", "App-Address", "Cache-Control", "Content-Type", "Origin", "Portal-Application-ID",
        "Referer", "RPC-Type", "Target-Service-Id", "Target-Suppliers", "User-Agent",
    };

    public static bool InHeader(string name, string value)
    {
        if (Harmless.Contains(name)) return false;
        var literal = References.Literal(value).Trim();
        return literal.Length > 0 && !Schemes.Contains(literal, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Whether a literal part of the URL's path reads like a key.</summary>
    public static bool InUrl(string url) => url.Split('/', '?', '#').Skip(3).Any(Secretive);

    /// <summary>The service as it is stored: literal credentials sealed to their place.</summary>
    public static ServiceDefinition Seal(ServiceDefinition service, ISecretBox box) =>
        Each(service, (upstream, place, value, secret) =>
        secret ? SealedPrefix + box.Seal(value, Place(service, upstream, place)) : value);

    /// <summary>The service as it was imported. What does not open any more comes back null, with its place.</summary>
    public static ServiceDefinition Open(ServiceDefinition service, ISecretBox box, Action<string, string> unopened) =>
        Each(service, (upstream, place, value, _) =>
        {
            if (!value.StartsWith(SealedPrefix, StringComparison.Ordinal)) return value;
            if (box.TryOpen(value[SealedPrefix.Length..], Place(service, upstream, place), out var plain)) return plain;
            unopened(upstream, place);
            return "";
        });

    /// <summary>An opened service as it may be shown.</summary>
    public static ServiceDefinition Masked(ServiceDefinition service) => Each(service, (_, place, value, secret) =>
        !secret ? value : IsUrl(place) ? MaskUrl(value) : Mask);

    /// <summary>Puts the stored credential back wherever a new definition holds the mask that was shown for it.</summary>
    public static ServiceDefinition Kept(ServiceDefinition next, ServiceDefinition? opened, Action<string, string> unknown)
    {
        return Each(next, (upstream, place, value, _) =>
        {
            if (!value.Contains(Mask, StringComparison.Ordinal)) return value;
            var old = opened?.Upstreams.FirstOrDefault(u => u.Name == upstream) is { } before ? At(before, place) : null;
            if (!string.IsNullOrEmpty(old) && (IsUrl(place) ? MaskUrl(old) : Mask) == value) return old;
            unknown(upstream, place);
            return value;
        });
    }

    /// <summary>Applies a change to each text of each upstream that may hold a credential.</summary>
    public static ServiceDefinition Each(ServiceDefinition service, Func<string, string, string, bool, string> change) =>
        service with
        {
            Upstreams = [.. service.Upstreams.Select(upstream => upstream with
            {
                Url = change(upstream.Name, "url", upstream.Url, InUrl(upstream.Url)),
                SocketUrl = upstream.SocketUrl is { } socket
                    ? change(upstream.Name, "socketUrl", socket, InUrl(socket))
                    : null,
                Headers = upstream.Headers.ToDictionary(
                    header => header.Key,
                    header => change(
                        upstream.Name, $"headers.{header.Key}", header.Value, InHeader(header.Key, header.Value)),
                    StringComparer.OrdinalIgnoreCase),
            })],
        };

    private static string? At(UpstreamDefinition upstream, string place) => place switch
    {
        "url" => upstream.Url,
        "socketUrl" => upstream.SocketUrl,
        _ => upstream.Headers.FirstOrDefault(
            header => $"headers.{header.Key}".Equals(place, StringComparison.OrdinalIgnoreCase)).Value,
    };

    private static bool IsUrl(string place) => place is "url" or "socketUrl";

    // Case of header names is free, so the place that a value is bound to is lower case.
    private static string Place(ServiceDefinition service, string upstream, string place) =>
        $"catalog/{service.Name}/{upstream}/{place.ToLowerInvariant()}";

    private static string MaskUrl(string url)
    {
        var parts = url.Split('/');
        for (var i = 3; i < parts.Length; i++)
            if (parts[i].Split('?', '#').Any(Secretive)) parts[i] = Mask;
        return string.Join('/', parts);
    }

    private static bool Secretive(string part)
    {
        var literal = References.Literal(part);
        return literal.Length >= PathSecretCharacters && literal.Any(char.IsAsciiDigit) && literal.Any(char.IsAsciiLetter);
    }
}
