using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Platform.Keys.Inside.Routes;
using Sluice.Platform.Tenants;

namespace Sluice.Platform.Keys.Inside;

/// <summary>What an organization takes along of this room.</summary>
internal sealed class KeyExports(IKeys keys) : IExportSource
{
    public IEnumerable<ExportFile> FilesOf(ExportOf whose) => whose.Organization is not { } organization ? [] :
    [
        new("apps", "Its apps with their rules and limits.", Apps(organization)),
        new("keys", "Their keys, by which one knows them; what opens is kept by nobody.", Keys(organization)),
    ];

    private async IAsyncEnumerable<object> Apps(OrganizationId organization)
    {
        await foreach (var app in All(organization)) yield return AppBody.Of(app);
    }

    private async IAsyncEnumerable<object> Keys(OrganizationId organization)
    {
        await foreach (var app in All(organization))
        {
            var ofApp = ExportRows.Paged<Key>(last => keys.Keys(app.Id, Actor.System, last?.Id, KeyBook.PageMax));
            await foreach (var key in ofApp) yield return key;
        }
    }

    private IAsyncEnumerable<App> All(OrganizationId organization) =>
        ExportRows.Paged<App>(last => keys.Apps(organization, Actor.System, last?.Id, AppBook.PageMax));
}

/// <summary>
/// Drops the apps and keys of an organization that is deleted. It is suspended in the feed for ever, so that no process goes on
/// with what it has in memory.
/// </summary>
internal sealed class KeyErasure : ISubscriber<OrganizationDeleted>
{
    public async Task Handle(OrganizationDeleted fact, UnitOfWork work, CancellationToken ct = default)
    {
        foreach (var table in new[] { "keys", "apps", "counts" })
            await work.Execute($"DELETE FROM keys.{table} WHERE organization_id = $1", [fact.Organization.Value], ct);
    }
}
