using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Platform.Notices.Inside.Inbox;
using Sluice.Platform.Tenants;

namespace Sluice.Platform.Notices.Inside;

/// <summary>What organizations and people take along of this room.</summary>
internal sealed class NoticeExports(IWebhooks webhooks, IAlerts alerts, IInbox inbox) : IExportSource
{
    public IEnumerable<ExportFile> FilesOf(ExportOf whose)
    {
        if (whose.User is { } user)
        {
            var self = new Actor(ActorKind.User, user.ToString(), null) { User = user };
            return
            [
                new("inbox", "What the person was told.", ExportRows.Paged<Notice>(async last =>
                    (await inbox.List(self, after: last?.Id, limit: NoticeBook.PageMax)).Granted())),
            ];
        }
        return whose.Organization is not { } organization ? [] :
        [
            new("webhooks", "Addresses that its events are sent to; their secrets are shown once, when they are made.",
                ExportRows.Whole(async () => (await webhooks.List(organization, Actor.System)).Granted())),
            new("alerts", "Rules that say when it wants to be told of its usage.",
                ExportRows.Whole(async () => (await alerts.List(organization, Actor.System)).Granted())),
        ];
    }
}

/// <summary>Drops what is kept of organizations and people that are deleted. What waits to be mailed still goes.</summary>
internal sealed class NoticeErasure : ISubscriber<OrganizationDeleted>, ISubscriber<UserDeleted>
{
    public async Task Handle(OrganizationDeleted fact, UnitOfWork work, CancellationToken ct = default)
    {
        foreach (var table in new[] { "webhooks", "events", "alerts", "notices" })
            await work.Execute($"DELETE FROM notices.{table} WHERE organization_id = $1", [fact.Organization.Value], ct);
    }

    public async Task Handle(UserDeleted fact, UnitOfWork work, CancellationToken ct = default)
    {
        await work.Execute("DELETE FROM notices.notices WHERE user_id = $1", [fact.User.Value], ct);
        if (fact.Email is not null)
            await work.Execute("DELETE FROM notices.mails WHERE recipient = $1 AND state <> 'waiting'", [fact.Email], ct);
    }
}
