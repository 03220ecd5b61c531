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

    /// <summary>
    /// Makes what is missing, and new links into both accounts. Refused over an installation that is not the demo's.
    /// </summary>
    public async Task<DemoReady> Ensure(CancellationToken ct)
    {
        Directory.CreateDirectory(folder, DataFolder.Private);
        var mark = DemoMark.Read(folder) ?? await Begin(ct);
        await ImportService(ct);
        var organization = await EnsureOrganization(mark, ct);
        (mark with { Organization = organization.ToString() }).Write(folder);
        var visitors = await EnsureKey("key.json", organization, "Quick start", ct);
        var own = await EnsureKey("traffic.json", organization, "Sample traffic", ct);
        var (known, links) = await people.Ensure(mark with { Organization = organization.ToString() }, organization, ct);
        known.Write(folder);
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

    // Written before anything is made, so that what a crash leaves half made is known to be the demo's.
    private async Task<DemoMark> Begin(CancellationToken ct)
    {
        var used = (await tenants.Organizations(Actor.System, null, 1, ct)).Count > 0 || await people.AreThere(ct);
        if (used)
        {
            throw new HostFault(
                "The demo begins in an empty installation, and this one has organizations or users: start without it "
                    + "(--no-demo), or give the demo a folder of its own (SLUICE_DATA).");
        }
        DemoMark.Empty.Write(folder);
        return DemoMark.Empty;
    }

    private async Task<string> EnsureKey(string file, OrganizationId organization, string appName, CancellationToken ct)
    {
        var path = Path.Combine(folder, file);
        if (await StillGood(path, ct) is { } secret) return secret;
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

    private async Task<OrganizationId> EnsureOrganization(DemoMark mark, CancellationToken ct)
    {
        if (mark.Organization is { } known && WireId.TryParse<OrganizationId>(known, out var id)) return id;
        // A crash may have come before it was written down.
        var made = await tenants.Organizations(Actor.System, null, 200, ct);
        return made.FirstOrDefault(one => one.Name == OrganizationName)?.Id
            ?? Need(await tenants.CreateOrganization(OrganizationName, Actor.System, null, ct)).Id;
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
