using System.Text.Json;
using Sluice.Kernel;

namespace Sluice.Platform.Notices;

/// <summary>
/// Addresses to which organizations have their events sent. Delivered at least once, in no promised order, signed after
/// Standard Webhooks (https://www.standardwebhooks.com). What the actor may not see is refused as what is not there.
/// </summary>
public interface IWebhooks
{
    /// <summary>
    /// Makes a webhook; answers its secret, shown this once. Refused for an address that may not be reached
    /// (<c>notices.webhook-invalid</c>, with all faults) and beyond the number that an organization may have.
    /// </summary>
    Task<Result<IssuedWebhook>> Create(
        OrganizationId organization, WebhookRequest request, Actor actor, UnitOfWork? work = null,
        CancellationToken ct = default);

    /// <summary>All webhooks of an organization, by creation.</summary>
    Task<Result<IReadOnlyList<Webhook>>> List(OrganizationId organization, Actor actor, CancellationToken ct = default);

    Task<Result<Webhook>> Find(WebhookId id, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Replaces address, types, description and whether it is on. Switched on, it has not failed. With a
    /// <paramref name="version"/> it is refused when the webhook has another one.
    /// </summary>
    Task<Result<Webhook>> Change(
        WebhookId id, WebhookRequest request, bool enabled, Actor actor, long? version = null, CancellationToken ct = default);

    /// <summary>Removes a webhook with its log; what waits for it is not sent any more.</summary>
    Task<Result<Done>> Delete(WebhookId id, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Adds a secret, shown this once. The older ones sign too for the overlap (0 to 30 days), so that the receiver can
    /// change over in its time. At most five sign at once.
    /// </summary>
    Task<Result<IssuedWebhook>> Rotate(
        WebhookId id, TimeSpan overlap, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>
    /// Sends the event <c>webhook.test</c> to this webhook, whatever its types. How often an organization asks for this and
    /// for <see cref="Redeliver"/> is bounded (<c>notices.asked-too-often</c>, 429, with the time to wait).
    /// </summary>
    Task<Result<Delivery>> Test(WebhookId id, Actor actor, CancellationToken ct = default);

    /// <summary>Deliveries, newest first, those older than <paramref name="after"/>.</summary>
    Task<Result<IReadOnlyList<Delivery>>> Deliveries(
        WebhookId id, DeliveryId? after, int limit, Actor actor, CancellationToken ct = default);

    /// <summary>One delivery with what was sent and every attempt.</summary>
    Task<Result<DeliveryDetails>> Delivery(DeliveryId id, Actor actor, CancellationToken ct = default);

    /// <summary>Sends an event again, as a delivery of its own with all its attempts. It keeps its id.</summary>
    Task<Result<Delivery>> Redeliver(DeliveryId id, Actor actor, CancellationToken ct = default);
}

/// <param name="Url">https, of the public net.</param>
/// <param name="Types">Of <see cref="EventTypes.All"/>; <c>*</c> for all, also those to come.</param>
/// <param name="Description">For people, at most 200 characters.</param>
public sealed record WebhookRequest(string Url, IReadOnlyList<string> Types, string Description);

/// <summary>A webhook.</summary>
/// <param name="DisabledAt">Since when nothing is sent; null: it is on.</param>
/// <param name="DisabledWhy">Who or what switched it off.</param>
/// <param name="FailingSince">The first failure since the last success.</param>
/// <param name="Secrets">Those that sign, without themselves, the newest first.</param>
public sealed record Webhook(
    WebhookId Id, OrganizationId Organization, string Url, IReadOnlyList<string> Types, string Description,
    DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt, string? DisabledWhy, DateTimeOffset? FailingSince,
    IReadOnlyList<WebhookSecret> Secrets)
{
    /// <summary>Grows with every change by a member.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Version { get; init; }
}

/// <param name="Hint">Its first characters.</param>
/// <param name="ExpiresAt">When it stops signing; null for the one that stays.</param>
public sealed record WebhookSecret(string Hint, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);

/// <param name="Webhook">The webhook.</param>
/// <param name="Secret">Reads <c>whsec_…</c>; kept sealed, never shown again.</param>
public sealed record IssuedWebhook(Webhook Webhook, string Secret);

/// <summary>How a delivery stands.</summary>
public enum DeliveryState
{
    /// <summary>To be sent, for the first time or again.</summary>
    Waiting,

    /// <summary>The receiver answered with 2xx.</summary>
    Delivered,

    /// <summary>All attempts are used up, or the webhook was switched off.</summary>
    Failed,
}

/// <param name="Event">What was sent; the same in every attempt, and what the receiver tells repeats by.</param>
/// <param name="DueAt">When the next attempt comes.</param>
/// <param name="Status">The last answer's; null where none came.</param>
/// <param name="Error">Why the last attempt failed.</param>
public sealed record Delivery(
    DeliveryId Id, WebhookId Webhook, WebhookEventId Event, string Type, DeliveryState State, int Attempts,
    DateTimeOffset CreatedAt, DateTimeOffset? DueAt, DateTimeOffset? FinishedAt, int? Status, string? Error);

/// <param name="Delivery">How it stands.</param>
/// <param name="Body">What is sent, to the byte.</param>
/// <param name="Tries">Every attempt, the first first.</param>
public sealed record DeliveryDetails(Delivery Delivery, string Body, IReadOnlyList<DeliveryTry> Tries);

/// <summary>One attempt.</summary>
/// <param name="Url">Where to.</param>
/// <param name="Status">The answer's; null where none came.</param>
/// <param name="Answer">Its first 2 KB, as text.</param>
/// <param name="Error">Why it failed; null when it did not.</param>
/// <param name="DurationMs">Until the answer, or until it was given up.</param>
public sealed record DeliveryTry(
    int Number, DateTimeOffset At, string Url, int? Status, string? Answer, string? Error, long DurationMs);

/// <summary>What happened in an organization.</summary>
/// <param name="Id">One for one happening.</param>
/// <param name="Type">Of <see cref="EventTypes"/>.</param>
/// <param name="Data">What the type says; no secret.</param>
public sealed record OrganizationEvent(
    WebhookEventId Id, OrganizationId Organization, string Type, DateTimeOffset CreatedAt, JsonElement Data);
