namespace Sluice.Platform.Catalog.Inside;

/// <summary>What an upstream's URL must look like, before its references are resolved and after.</summary>
internal static class UpstreamUrl
{
    private static readonly string[] SecretParameters =
        ["key", "apikey", "api_key", "api-key", "token", "access_token", "secret", "auth", "password", "signature"];

    /// <summary>What is wrong with a URL as written, with the fix; null when nothing is.</summary>
    public static string? Fault(string url, string[] schemes)
    {
        if (url.StartsWith(Credentials.SealedPrefix, StringComparison.Ordinal))
            return "is an encrypted value of some database. Write the URL itself, or a reference.";
        // A reference at the front brings scheme and host with it: known when it is resolved.
        if (url.StartsWith("${", StringComparison.Ordinal) || url.StartsWith(References.Whole, StringComparison.Ordinal))
            return null;
        var sample = References.Replace(url, _ => "0").Replace(Credentials.Mask, "0", StringComparison.Ordinal);
        if (Uri.TryCreate(url, UriKind.Absolute, out var written) && written.UserInfo.Length > 0)
            return "holds a user or password. Put the whole URL into an environment variable and write ${env:NAME}.";
        if (Form(sample, schemes) is { } fault) return fault;
        foreach (var parameter in new Uri(sample).Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = parameter.Split('=')[0];
            if (SecretParameters.Contains(name, StringComparer.OrdinalIgnoreCase)
                && !url.Contains($"{name}=${{", StringComparison.Ordinal))
                return $"holds a credential in its query. Write {name}=${{env:NAME}} instead.";
        }
        return null;
    }

    /// <summary>What is wrong with a resolved URL; null when nothing is.</summary>
    public static string? Form(string url, string[] schemes)
    {
        var wanted = string.Join(" or ", schemes.Select(scheme => scheme + "://…"));
        if (url.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) || !Uri.TryCreate(url, UriKind.Absolute, out var uri))
            return $"is no URL. Write {wanted}.";
        if (!schemes.Contains(uri.Scheme, StringComparer.Ordinal)) return $"has the wrong scheme. Write {wanted}.";
        if (uri.Host.Length == 0) return $"names no host. Write {wanted}.";
        return uri.Fragment.Length > 0 ? "ends in a fragment (#…), which is never sent. Remove it." : null;
    }
}
