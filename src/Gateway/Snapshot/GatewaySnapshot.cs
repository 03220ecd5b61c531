using System.Collections.Frozen;

namespace Sluice.Gateway.Snapshot;

/// <summary>Services by name. Immutable and swapped whole.</summary>
internal sealed class GatewaySnapshot
{
    public static readonly GatewaySnapshot Empty = new(
        Array.Empty<Service>().ToFrozenDictionary(s => s.Name, StringComparer.OrdinalIgnoreCase));

    private readonly FrozenDictionary<string, Service>.AlternateLookup<ReadOnlySpan<char>> _byText;

    public GatewaySnapshot(FrozenDictionary<string, Service> services)
    {
        Services = services;
        _byText = services.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public FrozenDictionary<string, Service> Services { get; }

    public Service? Find(ReadOnlySpan<char> name) => _byText.TryGetValue(name, out var service) ? service : null;
}
