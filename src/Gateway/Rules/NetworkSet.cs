using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Gateway.Rules;

/// <summary>
/// IP networks in CIDR notation. IPv4 written inside IPv6 (<c>::ffff:a.b.c.d</c>) counts as IPv4 on both sides, so
/// <c>::/0</c> is all of IPv6 and none of IPv4. Immutable; a check allocates nothing.
/// </summary>
public sealed class NetworkSet
{
    private static readonly UInt128 MappedPrefix = new(0, 0xffff_0000_0000);

    private readonly Network[] _networks;

    private NetworkSet(Network[] networks) => _networks = networks;

    /// <summary>Contains nothing.</summary>
    public static NetworkSet Empty { get; } = new([]);

    /// <summary>
    /// Reads addresses and networks; host bits below a prefix are ignored, an unreadable value contains nothing.
    /// </summary>
    public static NetworkSet Compile(IReadOnlyList<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var networks = new List<Network>(values.Count);
        foreach (var value in values)
        {
            if (Parse(value) is { } network)
                networks.Add(network);
        }

        return networks.Count == 0 ? Empty : new NetworkSet([.. networks]);
    }

    public bool Contains(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var (bits, isV4) = Normalize(address);
        foreach (ref readonly var network in _networks.AsSpan())
        {
            if (network.IsV4 == isV4 && (bits & network.Mask) == network.Bits)
                return true;
        }

        return false;
    }

    private static (UInt128 Bits, bool IsV4) Normalize(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        UInt128 bits = 0;
        foreach (var part in bytes[..written])
            bits = (bits << 8) | part;
        if (address.AddressFamily == AddressFamily.InterNetwork)
            bits |= MappedPrefix;
        return (bits, (bits >> 32) == (MappedPrefix >> 32));
    }

    private static Network? Parse(string? value)
    {
        if (value is null)
            return null;
        var slash = value.IndexOf('/', StringComparison.Ordinal);
        var text = slash < 0 ? value : value[..slash];
        // The parser also takes ports in brackets, scopes and shorthands like "10.1": none of them is a network.
        if (text.AsSpan().ContainsAny('[', '%') || !IPAddress.TryParse(text, out var address))
            return null;
        var isDotted = address.AddressFamily == AddressFamily.InterNetwork;
        if (isDotted && address.ToString() != text)
            return null;

        var size = isDotted ? 32 : 128;
        var prefix = size;
        if (slash >= 0 && (!int.TryParse(value.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out prefix)
            || prefix > size))
            return null;
        if (isDotted)
            prefix += 96;

        var (bits, isV4) = Normalize(address);
        var mask = prefix == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - prefix);
        return new Network(bits & mask, mask, isV4 && prefix >= 96);
    }

    private readonly record struct Network(UInt128 Bits, UInt128 Mask, bool IsV4);
}
