using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside;

/// <summary>
/// Brings rules into the one form that the gateway compares with, or lists everything that is wrong with them, each
/// with its fix. Pure.
/// </summary>
internal static class RuleCheck
{
    public const int ValuesMax = 100;
    private const int MethodLengthMax = 100;
    private const int AgentLengthMax = 200;
    private const int OriginLengthMax = 260;

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdefABCDEF");
    // A wallet may be an extension of a browser.
    private static readonly string[] Schemes =
        ["https", "http", "chrome-extension", "moz-extension", "safari-web-extension"];
    private static readonly SearchValues<char> ExtensionId =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
    private static readonly SearchValues<char> DnsName =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");
    private static readonly SearchValues<char> NotInHost = SearchValues.Create("/?#@*\\ ");

    public static Result<AppRules> Check(AppRules rules, IReadOnlySet<string> services)
    {
        List<string> faults = [];
        var kept = new AppRules
        {
            Services = Each("services", rules.Services, faults, value => Service(value, services)),
            Methods = Each("methods", rules.Methods, faults, Method),
            Contracts = Each("contracts", rules.Contracts, faults, Contract),
            Origins = Each("origins", rules.Origins, faults, Origin),
            UserAgents = Each("userAgents", rules.UserAgents, faults, Agent),
            Networks = Each("networks", rules.Networks, faults, Network),
        };
        return faults.Count == 0
            ? kept
            : Refusal.Invalid(
                "keys.rules-invalid",
                $"The rules have {faults.Count} {(faults.Count == 1 ? "fault" : "faults")}; nothing was changed.",
                faults);
    }

    private static List<string> Each(
        string type, IReadOnlyList<string>? values, List<string> faults, Func<string, Checked> check)
    {
        List<string> kept = [];
        if (values is null) return kept;
        if (values.Count > ValuesMax)
        {
            faults.Add($"{type}: {values.Count} values; at most {ValuesMax} are allowed. Use patterns, or another app.");
            return kept;
        }
        for (var i = 0; i < values.Count; i++)
        {
            var value = values[i]?.Trim();
            var result = string.IsNullOrEmpty(value)
                ? Checked.Fault("is empty: remove it")
                : check(value);
            if (result.Problem is not null) faults.Add($"{type}[{i}] '{Shown(value)}' {result.Problem}.");
            else if (!kept.Contains(result.Value!, StringComparer.Ordinal)) kept.Add(result.Value!);
        }
        return kept;
    }

    private static Checked Service(string value, IReadOnlySet<string> services) => services.Contains(value)
        ? Checked.Good(value)
        : Checked.Fault("is no service of this gateway: take a name from GET /api/v1/services");

    private static Checked Method(string value)
    {
        if (value.Length > MethodLengthMax)
            return Checked.Fault($"is longer than {MethodLengthMax} characters: shorten it with *");
        return value.All(c => c is > ' ' and < '\x7f')
            ? Checked.Good(value)
            : Checked.Fault("holds a space or a character that no method name has: write it as in 'eth_call' or 'eth_*'");
    }

    private static Checked Contract(string value) =>
        value.Length == 42 && value.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        && value.AsSpan(2).IndexOfAnyExcept(Hex) < 0
            ? Checked.Good(value.ToLowerInvariant())
            : Checked.Fault("is no contract address: write 0x and 40 hex digits");

    private static Checked Origin(string value)
    {
        const string Fix = "is no origin: write scheme and host as in 'https://app.example' or 'https://*.app.example:8443'";
        if (value.Length > OriginLengthMax) return Checked.Fault($"is longer than {OriginLengthMax} characters");
        var scheme = Array.Find(Schemes, s => value.StartsWith(s + "://", StringComparison.OrdinalIgnoreCase));
        if (scheme is null) return Checked.Fault(Fix);
        var host = value[(scheme.Length + 3)..];
        if (scheme is not ("https" or "http"))
            return host.Length > 0 && !host.AsSpan().ContainsAnyExcept(ExtensionId)
                ? Checked.Good($"{scheme}://{host.ToLowerInvariant()}")
                : Checked.Fault("is no extension's origin: write the scheme and the extension's id");
        var wild = host.StartsWith("*.", StringComparison.Ordinal);
        if (wild) host = host[2..];
        if (host.AsSpan().ContainsAny(NotInHost))
            return Checked.Fault(Fix + ", without a path, and * as the first label only");
        if (!Uri.TryCreate($"{scheme}://{host}/", UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Port == 0
            || host.EndsWith(':'))
            return Checked.Fault(Fix);
        // Browsers send international names in their ASCII form, as IdnHost is.
        var name = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost;
        if (uri.HostNameType == UriHostNameType.Dns && name.AsSpan().ContainsAnyExcept(DnsName)) return Checked.Fault(Fix);
        if (wild && (uri.HostNameType != UriHostNameType.Dns || !name.Contains('.', StringComparison.Ordinal)))
            return Checked.Fault("lets in every site under a top-level name: name a domain after *.");
        var port = uri.IsDefaultPort ? "" : ":" + uri.Port.ToString(CultureInfo.InvariantCulture);
        return Checked.Good($"{scheme}://{(wild ? "*." : "")}{name.ToLowerInvariant()}{port}");
    }

    private static Checked Agent(string value)
    {
        if (value.Length > AgentLengthMax) return Checked.Fault($"is longer than {AgentLengthMax} characters: shorten it with *");
        return value.All(c => c is >= ' ' and < '\x7f')
            ? Checked.Good(value)
            : Checked.Fault("holds a character that no header has: use printable ASCII and *");
    }

    private static Checked Network(string value)
    {
        const string Fix = "is no address or network: write '203.0.113.7', '203.0.113.0/24' or '2001:db8::/32'";
        var slash = value.IndexOf('/', StringComparison.Ordinal);
        var text = slash < 0 ? value : value[..slash];
        if (text.AsSpan().ContainsAny('[', '%') || !IPAddress.TryParse(text, out var address))
            return Checked.Fault(Fix);
        // "10.1" and "0x0a000001" parse too, but hardly as what was meant.
        if (address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != text) return Checked.Fault(Fix);
        if (address.IsIPv4MappedToIPv6) return Checked.Fault($"is IPv4 written as IPv6: write '{address.MapToIPv4()}'");
        if (slash < 0) return Checked.Good(address.ToString());

        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (!int.TryParse(value.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > bits)
            return Checked.Fault($"has no prefix length from 0 to {bits} after the /");
        var start = Masked(address, length);
        return start.Equals(address)
            ? Checked.Good($"{address}/{length}")
            : Checked.Fault($"has host bits set: write '{start}/{length}' for the network or '{address}' for the address");
    }

    private static IPAddress Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(length - i * 8, 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - kept));
        }
        return new IPAddress(bytes);
    }

    // What was sent stands in the answer, but no more of it than helps.
    private static string Shown(string? value) => value is null ? "" : value.Length <= 60 ? value : value[..60] + "…";

    private readonly record struct Checked(string? Value, string? Problem)
    {
        public static Checked Good(string value) => new(value, null);

        public static Checked Fault(string problem) => new(null, problem);
    }
}
