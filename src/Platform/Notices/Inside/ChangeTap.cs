using System.Text.Json;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Jobs;
using Sluice.Platform.Notices.Inside.Inbox;

namespace Sluice.Platform.Notices.Inside;

/// <summary>
/// Stands before the trail and makes an event of every change that organizations may want to hear of, in the same
/// transaction; what touches somebody's own account goes into that person's inbox at once. So no other room needs to know of
/// webhooks, and what is on the trail is what is told.
/// </summary>
internal sealed class ChangeTap(IAudit trail, IOutbox outbox, NoticeBook inbox, TimeProvider time) : IAudit
{
    public async Task Record(AuditEvent change, UnitOfWork work, CancellationToken ct = default)
    {
        // Before the trail: its head is a lock that all changes wait for.
        if (change.Organization is { } organization && EventTypes.Of(change.Action) is { } type)
        {
            var id = WireId.New<WebhookEventId>();
            await outbox.Record(new OrganizationEvent(id, organization, type, time.GetMicros(), Data(change)), work, ct);
        }
        else if (InboxTexts.OfPerson(change.Action) is { } title && WireId.TryParse<UserId>(change.Subject, out var user))
        {
            await inbox.Add(user, null, change.Action, title, From(change.Actor), "/account", work, ct);
        }
        await trail.Record(change, work, ct);
    }

    public Task RecordRead(
        Actor actor, string action, string subject, OrganizationId? organization, CancellationToken ct = default) =>
        trail.RecordRead(actor, action, subject, organization, ct);

    private static string From(Actor actor) => actor.Origin is { IpPrefix: { } network } ? $"From the network {network}." : "";

    private static JsonElement Data(AuditEvent change) => JsonSerializer.SerializeToElement(
        new { change.Subject, actor = change.Actor.Name, before = Parsed(change.Before), after = Parsed(change.After) },
        Http.Json);

    private static JsonElement? Parsed(string? json) => json is null ? null : JsonSerializer.Deserialize<JsonElement>(json);
}
