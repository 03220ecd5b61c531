using System.Text.Json;
using Microsoft.Extensions.Options;
using Sluice.Kernel;

namespace Sluice.Platform.Notices.Inside.Webhooks;

/// <summary>The door to webhooks: who may, the trail, and what is done.</summary>
internal sealed class WebhookRoom(
    WebhookBook book, DeliveryBook deliveries, NoticeWrites writes, OutboundGuard guard, AskedLimit asked,
    IOptions<WebhooksOptions> options)
    : IWebhooks
{
    public const int PageMax = 200;

    private static readonly TimeSpan OverlapMax = TimeSpan.FromDays(30);

    public async Task<Result<IssuedWebhook>> Create(
        OrganizationId organization, WebhookRequest request, Actor actor, UnitOfWork? work = null, CancellationToken ct = default)
    {
        var unseen = Refusals.NoOrganization(organization.ToString());
        if (actor.Check(Permission.WebhooksWrite, organization, unseen, fresh: true) is { } refusal) return refusal;
        var kept = WebhookRules.Check(request, guard);
        if (!kept.Ok) return kept.Refusal;
        return await writes.Run<IssuedWebhook>(work, async work =>
        {
            if (await writes.Tenants.FindOrganization(organization, work, ct) is null) return unseen;
            // Webhooks of one organization are made one after the other, so that their number is held.
            await work.Execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [$"notices:{organization}"], ct);
            if (await WebhookBook.Count(organization, work, ct) >= options.Value.EndpointsMax)
                return NoticeRefusals.WebhooksMax(options.Value.EndpointsMax);
            var (id, secret) = (WireId.New<WebhookId>(), Signature.NewSecret());
            await book.Insert(id, organization, kept.Value, work, ct);
            await book.AddSecret(id, secret, TimeSpan.Zero, work, ct);
            await writes.Record(work, actor, "notices.webhook.create", id.ToString(), organization, null, kept.Value, ct);
            return new IssuedWebhook((await book.Lock(id, work, ct))!, secret);
        }, ct);
    }

    public async Task<Result<IReadOnlyList<Webhook>>> List(
        OrganizationId organization, Actor actor, CancellationToken ct = default) =>
        actor.Check(Permission.WebhooksRead, organization, Refusals.NoOrganization(organization.ToString())) is { } refusal
            ? refusal
            : await book.List(organization, ct);

    public async Task<Result<Webhook>> Find(WebhookId id, Actor actor, CancellationToken ct = default)
    {
        var unknown = NoticeRefusals.NoWebhook(id.ToString());
        if (await book.Find(id, ct) is not { } found) return unknown;
        return actor.Check(Permission.WebhooksRead, found.Organization, unknown) is { } refusal ? refusal : found;
    }

    public Task<Result<Webhook>> Change(
        WebhookId id, WebhookRequest request, bool enabled, Actor actor, long? version = null, CancellationToken ct = default) =>
        Writing<Webhook>(id, actor, null, async (work, found) =>
        {
            if (version is not null && version != found.Version) return Versions.Stale;
            var kept = WebhookRules.Check(request, guard);
            if (!kept.Ok) return kept.Refusal;
            // Where events go is as much as a secret.
            if (kept.Value.Url != found.Url && !actor.IsFresh) return Refusals.StepUp;
            await book.Update(id, kept.Value, enabled, work, ct);
            if (!enabled) await deliveries.GiveUp(id, "The webhook was switched off.", work, ct);
            await writes.Record(
                work, actor, "notices.webhook.change", id.ToString(), found.Organization, Shown(found),
                new { kept.Value.Url, kept.Value.Types, kept.Value.Description, enabled }, ct);
            return (await book.Lock(id, work, ct))!;
        }, ct);

    public Task<Result<Done>> Delete(WebhookId id, Actor actor, CancellationToken ct = default) =>
        Writing<Done>(id, actor, null, async (work, found) =>
        {
            await WebhookBook.Delete(id, work, ct);
            await writes.Record(work, actor, "notices.webhook.delete", id.ToString(), found.Organization, Shown(found), null, ct);
            return new Done();
        }, ct);

    public Task<Result<IssuedWebhook>> Rotate(
        WebhookId id, TimeSpan overlap, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        Writing<IssuedWebhook>(id, actor, work, async (work, found) =>
        {
            if (!actor.IsFresh) return Refusals.StepUp;
            if (overlap < TimeSpan.Zero || overlap > OverlapMax) return NoticeRefusals.Overlap;
            var secret = Signature.NewSecret();
            if (!await book.AddSecret(id, secret, overlap, work, ct)) return NoticeRefusals.SecretsMax;
            await writes.Record(
                work, actor, "notices.webhook.rotate", id.ToString(), found.Organization, null,
                new { overlapSeconds = (long)overlap.TotalSeconds }, ct);
            return new IssuedWebhook((await book.Lock(id, work, ct))!, secret);
        }, ct);

    public Task<Result<Delivery>> Test(WebhookId id, Actor actor, CancellationToken ct = default) =>
        Writing<Delivery>(id, actor, null, async (work, found) =>
        {
            if (found.DisabledAt is not null) return NoticeRefusals.Off;
            if (await asked.Take(found.Organization, work, ct) is { } tooOften) return tooOften;
            var happened = new OrganizationEvent(
                WireId.New<WebhookEventId>(), found.Organization, EventTypes.Test, writes.Now,
                JsonSerializer.SerializeToElement(new { webhook = id, actor = actor.Name }, Http.Json));
            var delivery = await deliveries.Queue(happened, id, work, ct);
            await writes.Record(work, actor, "notices.webhook.test", id.ToString(), found.Organization, null, null, ct);
            return delivery;
        }, ct);

    public async Task<Result<IReadOnlyList<Delivery>>> Deliveries(
        WebhookId id, DeliveryId? after, int limit, Actor actor, CancellationToken ct = default)
    {
        var found = await Find(id, actor, ct);
        return found.Ok ? await deliveries.List(id, after, Math.Clamp(limit, 1, PageMax + 1), ct) : found.Refusal;
    }

    public async Task<Result<DeliveryDetails>> Delivery(DeliveryId id, Actor actor, CancellationToken ct = default)
    {
        var unknown = NoticeRefusals.NoDelivery(id.ToString());
        if (await deliveries.Details(id, ct) is not { } details) return unknown;
        var webhook = await Find(details.Delivery.Webhook, actor, ct);
        return webhook.Ok ? details : webhook.Refusal.Status == 404 ? unknown : webhook.Refusal;
    }

    public async Task<Result<Delivery>> Redeliver(DeliveryId id, Actor actor, CancellationToken ct = default)
    {
        var unknown = NoticeRefusals.NoDelivery(id.ToString());
        if (await deliveries.Details(id, ct) is not { Delivery: var old }) return unknown;
        var made = await Writing<Delivery>(old.Webhook, actor, null, async (work, found) =>
        {
            if (found.DisabledAt is not null) return NoticeRefusals.Off;
            if (await asked.Take(found.Organization, work, ct) is { } tooOften) return tooOften;
            var delivery = await deliveries.Again(old, work, ct);
            await writes.Record(work, actor, "notices.webhook.redeliver", id.ToString(), found.Organization, null, null, ct);
            return delivery;
        }, ct);
        return made.Ok || made.Refusal.Status != 404 ? made : unknown;
    }

    private Task<Result<T>> Writing<T>(
        WebhookId id, Actor actor, UnitOfWork? given, Func<UnitOfWork, Webhook, Task<Result<T>>> verb, CancellationToken ct) =>
        writes.Run<T>(given, async work =>
        {
            var unknown = NoticeRefusals.NoWebhook(id.ToString());
            if (await book.Lock(id, work, ct) is not { } found) return unknown;
            return actor.Check(Permission.WebhooksWrite, found.Organization, unknown) is { } refusal
                ? refusal
                : await verb(work, found);
        }, ct);

    private static object Shown(Webhook webhook) =>
        new { webhook.Url, webhook.Types, webhook.Description, enabled = webhook.DisabledAt is null };
}
