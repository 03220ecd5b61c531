using System.Collections.Frozen;

namespace Sluice.Platform.Catalog.Inside.Reading;

/// <summary>Names of services and plans. A service's name stands in paths and as a host label.</summary>
internal static class CatalogNames
{
    /// <summary>Names that the gateway's own addresses use or may come to use.</summary>
    public static readonly FrozenSet<string> Reserved = new[]
    {
        "account", "admin", "api", "app", "assets", "auth", "billing", "blog", "cdn", "compat", "console", "dashboard",
        "docs", "events", "health", "healthz", "help", "hooks", "internal", "live", "localhost", "login", "logout", "mail",
        "metrics", "ns", "oauth", "openapi", "pay", "ping", "portal", "problems", "public", "ready", "relay", "root",
        "signup", "static", "status", "support", "system", "v1", "v2", "webhooks", "well-known", "ws", "ws402", "www",
    }.ToFrozenSet(StringComparer.Ordinal);

    public static bool WellFormed(string name) => name.Length >= 2 && Label(name);

    // What stands in metrics and records only, such as an upstream's name, may be one character.
    private static bool Label(string name) =>
        name.Length is >= 1 and <= 40
        && name.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-')
        && name[0] != '-' && name[^1] != '-';

    /// <summary>The name of an upstream; empty, with a fault, when it is none.</summary>
    public static string ReadUpstream(ObjectAt at)
    {
        if (at.Text("name", 200, required: true) is not { Length: > 0 } name) return "";
        if (Label(name)) return name;
        at.Faults.Add(
            at.At("name"),
            $"{Faults.Quote(name)} is no name. Use 1 to 40 of a-z, 0-9 and -, with - neither first nor last.");
        return "";
    }

    /// <summary>The name of a service or plan; empty, with a fault, when it is none.</summary>
    public static string Read(ObjectAt at, string property, bool reserved)
    {
        if (at.Text(property, 200, required: true) is not { Length: > 0 } name) return "";
        if (!WellFormed(name))
        {
            at.Faults.Add(
                at.At(property),
                $"{Faults.Quote(name)} is no name. Use 2 to 40 of a-z, 0-9 and -, with - neither first nor last.");
            return "";
        }
        if (!reserved || !Reserved.Contains(name)) return name;
        at.Faults.Add(at.At(property), $"\"{name}\" is reserved for the gateway's own addresses. Choose another name.");
        return "";
    }
}
