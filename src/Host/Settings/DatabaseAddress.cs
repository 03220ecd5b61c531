using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using Npgsql;

namespace Sluice.Host.Settings;

/// <summary>How the outside database is reached, and whether anybody on the way could read or answer in its place.</summary>
internal static class DatabaseAddress
{
    // Where distributions keep the authorities that the system trusts.
    private static readonly string[] Bundles =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

    /// <summary>The connection string of <c>postgres://user:password@host:5432/name?sslmode=verify-full</c>.</summary>
    public static string? FromUri(string text, out string fault)
    {
        fault = "is no address of a database (postgres://user:password@host:5432/name).";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.AbsolutePath.Length < 2) return null;
        var user = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port > 0 ? uri.Port : 5432,
            Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]),
        };
        if (user[0].Length > 0) builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1) builder.Password = Uri.UnescapeDataString(user[1]);
        var query = QueryHelpers.ParseQuery(uri.Query);
        if (query.TryGetValue("sslmode", out var mode))
        {
            // Passed over, a misspelt one would be a connection that nothing guards.
            fault = $"has the sslmode '{mode}': use disable, allow, prefer, require, verify-ca or verify-full.";
            if (ModeOf(mode.ToString()) is not { } known) return null;
            builder.SslMode = known;
        }
        if (query.TryGetValue("sslrootcert", out var root) && root != "system") builder.RootCertificate = root;
        return builder.ConnectionString;
    }

    /// <summary>Whether the database is on this machine, or shows a certificate for its name.</summary>
    public static bool IsGuarded(string connectionString)
    {
        var to = new NpgsqlConnectionStringBuilder(connectionString);
        return to.SslMode == SslMode.VerifyFull || (to.Host ?? "").Split(',').All(IsHere);
    }

    /// <summary>The same as programs of PostgreSQL read it: never less than the own connection asks for.</summary>
    public static IEnumerable<(string Name, string Value)> ForPrograms(NpgsqlConnectionStringBuilder to)
    {
        yield return ("PGSSLMODE", NameOf(to.SslMode));
        if (to.SslCertificate is { } certificate) yield return ("PGSSLCERT", certificate);
        if (to.SslKey is { } key) yield return ("PGSSLKEY", key);
        // They trust a file of their own otherwise, which is seldom there.
        if (to.RootCertificate is { } root) yield return ("PGSSLROOTCERT", root);
        else if (to.SslMode >= SslMode.VerifyCA) yield return ("PGSSLROOTCERT", Array.Find(Bundles, File.Exists) ?? "system");
    }

    private static bool IsHere(string host) =>
        host.StartsWith('/') || host is "localhost"
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static SslMode? ModeOf(string name)
    {
        foreach (var mode in Enum.GetValues<SslMode>())
            if (NameOf(mode) == name) return mode;
        return null;
    }

    private static string NameOf(SslMode mode) => mode switch
    {
        SslMode.Disable => "disable",
        SslMode.Allow => "allow",
        SslMode.Require => "require",
        SslMode.VerifyCA => "verify-ca",
        SslMode.VerifyFull => "verify-full",
        _ => "prefer",
    };
}
