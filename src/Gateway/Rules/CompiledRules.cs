using System.Collections.Frozen;
using System.Net;
using System.Text;
using Sluice.Chains.Evm;

namespace Sluice.Gateway.Rules;

/// <summary>
/// An app's rules in the form that the data plane asks. Values of one type are OR-ed, types are AND-ed (the caller asks
/// every check), an empty type allows all. A value that cannot be read matches nothing, and its type still restricts.
/// Immutable; checks allocate nothing and never throw, whatever the client sent.
/// </summary>
public sealed class CompiledRules
{
    private readonly FrozenSet<string>? _services;
    private readonly Glob[]? _methods;
    private readonly FrozenSet<EvmAddress>? _contracts;
    private readonly OriginPattern[]? _origins;
    private readonly bool _nullOrigin;
    private readonly Glob[]? _userAgents;
    private readonly NetworkSet? _networks;

    private CompiledRules(
        IReadOnlyList<string> services,
        IReadOnlyList<string> methods,
        IReadOnlyList<string> contracts,
        IReadOnlyList<string> origins,
        IReadOnlyList<string> userAgents,
        IReadOnlyList<string> networks)
    {
        _services = services.Count == 0 ? null : services.ToFrozenSet(StringComparer.Ordinal);
        _methods = methods.Count == 0 ? null : Globs(methods, text => Widen(Encoding.UTF8.GetBytes(text)), fold: false);
        _contracts = contracts.Count == 0 ? null : Addresses(contracts);
        _origins = origins.Count == 0 ? null : Origins(origins);
        _nullOrigin = origins.Contains("null", StringComparer.Ordinal);
        _userAgents = userAgents.Count == 0 ? null : Globs(userAgents, text => Widen(text.ToCharArray()), fold: true);
        _networks = networks.Count == 0 ? null : NetworkSet.Compile(networks);
    }

    /// <summary>No rule at all: everything is allowed.</summary>
    public static CompiledRules None { get; } = new([], [], [], [], [], []);

    public bool HasServiceRule => _services is not null;
    public bool HasMethodRule => _methods is not null;
    public bool HasContractRule => _contracts is not null;
    public bool HasOriginRule => _origins is not null;
    public bool HasUserAgentRule => _userAgents is not null;
    public bool HasNetworkRule => _networks is not null;

    /// <summary>Compiles the values of each type once, when the app changes.</summary>
    public static CompiledRules Compile(
        IReadOnlyList<string> services,
        IReadOnlyList<string> methods,
        IReadOnlyList<string> contracts,
        IReadOnlyList<string> origins,
        IReadOnlyList<string> userAgents,
        IReadOnlyList<string> networks)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(methods);
        ArgumentNullException.ThrowIfNull(contracts);
        ArgumentNullException.ThrowIfNull(origins);
        ArgumentNullException.ThrowIfNull(userAgents);
        ArgumentNullException.ThrowIfNull(networks);
        var count = services.Count + methods.Count + contracts.Count + origins.Count + userAgents.Count + networks.Count;
        return count == 0 ? None : new CompiledRules(services, methods, contracts, origins, userAgents, networks);
    }

    public bool AllowsService(string service) => _services is null || _services.Contains(service);

    /// <param name="method">The JSON-RPC method in UTF-8, with JSON escapes resolved.</param>
    public bool AllowsMethod(ReadOnlySpan<byte> method) => _methods is null || Any(_methods, method);

    /// <param name="userAgent">The header; empty when there is none.</param>
    public bool AllowsUserAgent(ReadOnlySpan<char> userAgent) => _userAgents is null || Any(_userAgents, userAgent);

    /// <param name="client">The client behind trusted proxies: <see cref="ForwardedClient"/>.</param>
    public bool AllowsNetwork(IPAddress client) => _networks is null || _networks.Contains(client);

    /// <param name="originHeader">The header; empty when there is none.</param>
    public OriginDecision CheckOrigin(ReadOnlySpan<char> originHeader)
    {
        if (_origins is null)
            return OriginDecision.Unrestricted;
        if (originHeader.IsEmpty)
            return OriginDecision.Missing;
        if (originHeader is "null")
            return _nullOrigin ? OriginDecision.Allowed : OriginDecision.Refused;
        if (!OriginPattern.Origin.TryParse(originHeader, out var origin))
            return OriginDecision.Refused;
        foreach (var pattern in _origins)
        {
            if (pattern.Matches(origin))
                return OriginDecision.Allowed;
        }

        return OriginDecision.Refused;
    }

    /// <summary>Whether every address that the call names is listed.</summary>
    /// <param name="method">The JSON-RPC method in UTF-8, with JSON escapes resolved.</param>
    /// <param name="rawParams">The bytes of <c>params</c> as they go upstream; empty when there are none.</param>
    public ContractDecision CheckContracts(ReadOnlySpan<byte> method, ReadOnlySpan<byte> rawParams) =>
        _contracts is null
            ? new ContractDecision(ContractVerdict.Allowed)
            : ContractWalk.Check(_contracts, method, rawParams);

    private static bool Any<T>(Glob[] globs, ReadOnlySpan<T> text) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        foreach (var glob in globs)
        {
            if (glob.Matches(text))
                return true;
        }

        return false;
    }

    private static Glob[] Globs(IReadOnlyList<string> patterns, Func<string, ushort[]> units, bool fold)
    {
        var globs = new List<Glob>(patterns.Count);
        foreach (var pattern in patterns)
        {
            if (!string.IsNullOrWhiteSpace(pattern))
                globs.Add(new Glob(units(pattern), fold));
        }

        return [.. globs];
    }

    private static FrozenSet<EvmAddress> Addresses(IReadOnlyList<string> values)
    {
        var addresses = new HashSet<EvmAddress>(values.Count);
        foreach (var value in values)
        {
            if (EvmAddress.TryParse(value.AsSpan(), out var address))
                addresses.Add(address);
        }

        return addresses.ToFrozenSet();
    }

    private static OriginPattern[] Origins(IReadOnlyList<string> values)
    {
        var patterns = new List<OriginPattern>(values.Count);
        foreach (var value in values)
        {
            if (value is not null && OriginPattern.Parse(value) is { } pattern)
                patterns.Add(pattern);
        }

        return [.. patterns];
    }

    private static ushort[] Widen(byte[] units) => Array.ConvertAll(units, unit => (ushort)unit);

    private static ushort[] Widen(char[] units) => Array.ConvertAll(units, unit => (ushort)unit);
}
