using System.Text.Json;
using Sluice.Kernel;
using Sluice.Platform.Catalog;
using Sluice.Platform.Keys;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Demo;

/// <summary>
/// What <c>sluice serve</c> has ready at the first start: the service <c>devnet</c>, the organization "Demo" with an app and
/// a secret key for the visitor and another pair for the demo's own calls, an operator and a consumer. The texts of the keys
/// are kept in the data folder (<c>demo/key.json</c>, 0600) so that every start can print the same line; only the demo does that.
/// </summary>
internal sealed class DemoProfile(ITenants tenants, ICatalog catalog, IKeys keys, DemoPeople people, string folder)
{
    public const string ServiceName = "devnet";
    public const string FolderName = "demo";
    public const string RpcVariable = "SLUICE_DEMO_RPC";
    private const string OrganizationName = "Demo";

    private sealed record Kept(string Organization, string App, string Key, string Secret);

    /// <summary>Makes what is missing, and new links into both accounts.</summary>
    public async Task<DemoReady> Ensure(CancellationToken ct)
    {
        await ImportService(ct);
        Directory.CreateDirectory(folder, DataFolder.Private);
        var visitors = await EnsureKey("key.json", "Quick start", ct);
        var own = await EnsureKey("traffic.json", "Sample traffic", ct);
        var links = await people.Ensure(await EnsureOrganization(ct), ct);
        return new DemoReady(visitors, own, links);
    }

    /// <summary>Lets a command see the demo's chain as the running gateway does.</summary>
    public static void FindChain(string dataDirectory)
    {
        if (Environment.GetEnvironmentVariable(RpcVariable) is null && HasChain(dataDirectory))
            Environment.SetEnvironmentVariable(RpcVariable, File.ReadAllText(ChainFile(dataDirectory)).Trim());
    }

    /// <summary>Whether the demo ran on this data folder.</summary>
    public static bool HasChain(string dataDirectory) => File.Exists(ChainFile(dataDirectory));

    public static string CurlLine(string url, string secret) =>
        $"curl {url.TrimEnd('/')}/v1/{ServiceName} -H 'Authorization: Bearer {secret}' -H 'Content-Type: application/json' " +
        """-d '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}'""";

    public static T Need<T>(Result<T> result) => result.Ok
        ? result.Value
        : throw new HostFault($"The demo cannot be prepared: {result.Refusal.Message}", result.Refusal.Details);

    private static string ChainFile(string dataDirectory) => Path.Combine(dataDirectory, FolderName, Anvil.UrlFileName);

    private async Task ImportService(CancellationToken ct)
    {
        using var stream = typeof(DemoProfile).Assembly.GetManifestResourceStream($"demo/{ServiceName}.json")
            ?? throw new InvalidOperationException("The demo's catalog is not in the binary.");
        using var reader = new StreamReader(stream);
        Need(await catalog.ImportServices(await reader.ReadToEndAsync(ct), Actor.System, null, ct));
    }

    private async Task<string> EnsureKey(string file, string appName, CancellationToken ct)
    {
        var path = Path.Combine(folder, file);
        if (await StillGood(path, ct) is { } secret) return secret;
        var organization = await EnsureOrganization(ct);
        var app = await EnsureApp(organization, appName, ct);
        var issued = Need(await keys.CreateKey(new KeyRequest(app, KeyKind.Secret, "Demo"), Actor.System, null, ct));
        var kept = new Kept(organization.ToString(), app.ToString(), issued.Key.Id.ToString(), issued.Secret);
        SecretFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(kept));
        return issued.Secret;
    }

    private async Task<string?> StillGood(string path, CancellationToken ct)
    {
        if (!File.Exists(path)) return null;
        try
        {
            var kept = JsonSerializer.Deserialize<Kept>(await File.ReadAllTextAsync(path, ct));
            if (kept is null || !WireId.TryParse<AppId>(kept.App, out var app)) return null;
            var found = await keys.Keys(app, Actor.System, ct);
            return found.Any(key => key.Id.ToString() == kept.Key && key.RevokedAt is null) ? kept.Secret : null;
        }
        catch (JsonException)
        {
            return null; // Cut short by a crash: a new key takes its place.
        }
    }

    private async Task<OrganizationId> EnsureOrganization(CancellationToken ct)
    {
        OrganizationId? after = null;
        while (true)
        {
            var page = await tenants.Organizations(Actor.System, after, 200, ct);
            if (page.FirstOrDefault(one => one.Name == OrganizationName) is { } found) return found.Id;
            if (page.Count == 0) break;
            after = page[^1].Id;
        }
        return Need(await tenants.CreateOrganization(OrganizationName, Actor.System, null, ct)).Id;
    }

    private async Task<AppId> EnsureApp(OrganizationId organization, string name, CancellationToken ct)
    {
        var apps = await keys.Apps(organization, Actor.System, ct);
        return apps.FirstOrDefault(app => app.Name == name)?.Id
            ?? Need(await keys.CreateApp(organization, name, Actor.System, null, ct)).Id;
    }
}

/// <param name="VisitorKey">The key of the line to copy.</param>
/// <param name="TrafficKey">The key of the demo's own calls.</param>
/// <param name="Links">Ways in for a person.</param>
internal sealed record DemoReady(string VisitorKey, string TrafficKey, DemoLinks Links);
