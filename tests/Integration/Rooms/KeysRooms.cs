using Microsoft.Extensions.DependencyInjection;
using Sluice.Kernel;
using Sluice.Platform.Catalog;
using Sluice.Platform.Keys;
using Sluice.Platform.Tenants;

namespace Sluice.Integration.Rooms;

/// <summary>Keys and what it stands on, with one organization and a clock that stands.</summary>
internal sealed class KeysRooms : IAsyncDisposable
{
    public static readonly AppRules OneRule = new() { Methods = ["eth_*"] };

    private KeysRooms(string connectionString) => Host = new RoomsHost(connectionString, services =>
    {
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<ICatalog>(Catalog);
        services.AddKeys();
    });

    public ManualTime Time { get; } = new();
    public OnePlanCatalog Catalog { get; } = new();
    public RoomsHost Host { get; }
    public Organization Organization { get; private set; } = null!;
    public IKeys Keys => Host.Get<IKeys>();
    public IKeyFeed Feed => Host.Get<IKeyFeed>();

    public static async Task<KeysRooms> Open(string connectionString)
    {
        var rooms = new KeysRooms(connectionString);
        rooms.Organization = (await rooms.Host.Tenants.CreateOrganization("Acme", Actor.System)).Value;
        return rooms;
    }

    public async Task<App> App(string name = "shop", AppRules? rules = null)
    {
        var app = (await Keys.CreateApp(Organization.Id, name, Actor.System)).Value;
        return rules is null ? app : (await Keys.SetRules(app.Id, rules, Actor.System)).Value;
    }

    public async Task<IssuedKey> Key(App app, KeyKind kind = KeyKind.Secret) =>
        (await Keys.CreateKey(new(app.Id, kind, "server"), Actor.System)).Value;

    public async Task<List<KeyState>> UsableKeys()
    {
        List<KeyState> all = [];
        await foreach (var key in Feed.Keys()) all.Add(key);
        return all;
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
