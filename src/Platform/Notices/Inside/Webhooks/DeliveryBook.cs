using System.Text.Json;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Notices.Inside.Webhooks;

/// <summary>The tables of events and their deliveries.</summary>
internal sealed class DeliveryBook(NpgsqlDataSource source, TimeProvider time)
{
    private const string ApiVersion = "v1";
    private const string Columns = """
        d.id, d.webhook_id, d.event_id, e.type, d.state, d.attempts, d.created_at, d.due_at, d.finished_at, d.status, d.error
        """;
    private const string From = "notices.deliveries d JOIN notices.events e ON e.id = d.event_id";

    /// <summary>
    /// Records an event and its deliveries to every webhook that wanted it when it happened; returns how many those are.
    /// </summary>
    public async Task<int> Spread(OrganizationEvent happened, UnitOfWork work, CancellationToken ct)
    {
        var wanting = await work.Statement("""
            SELECT id FROM notices.webhooks
            WHERE organization_id = $1 AND disabled_at IS NULL AND created_at <= $3
              AND (types @> ARRAY[$2] OR types @> ARRAY['*']) ORDER BY id
            """, happened.Organization.Value, happened.Type, happened.CreatedAt).Rows(row => row.GetGuid(0), ct);
        if (wanting.Count == 0) return 0;
        await Keep(happened, work, ct);
        foreach (var webhook in wanting) await Insert(new WebhookId(webhook), happened.Id, work, ct);
        return wanting.Count;
    }

    /// <summary>Records an event for one webhook, whatever its types.</summary>
    public async Task<Delivery> Queue(OrganizationEvent happened, WebhookId webhook, UnitOfWork work, CancellationToken ct)
    {
        await Keep(happened, work, ct);
        var id = await Insert(webhook, happened.Id, work, ct);
        return (await Find(id, work, ct))!;
    }

    /// <summary>The event of a delivery once more.</summary>
    public async Task<Delivery> Again(Delivery old, UnitOfWork work, CancellationToken ct)
    {
        var id = await Insert(old.Webhook, old.Event, work, ct);
        return (await Find(id, work, ct))!;
    }

    public Task GiveUp(WebhookId webhook, string why, UnitOfWork work, CancellationToken ct) => work.Execute("""
        UPDATE notices.deliveries SET state = 'failed', error = $2, finished_at = $3, claimed_until = NULL
        WHERE webhook_id = $1 AND state = 'waiting'
        """, [webhook.Value, why, time.GetMicros()], ct);

    public Task<List<Delivery>> List(
        WebhookId webhook, DeliveryId? after, int limit, CancellationToken ct) => source.Statement($"""
        SELECT {Columns} FROM {From} WHERE d.webhook_id = $1 AND ($2::uuid IS NULL OR d.id < $2) ORDER BY d.id DESC LIMIT $3
        """, webhook.Value, after?.Value, limit).Rows(Read, ct);

    public async Task<DeliveryDetails?> Details(DeliveryId id, CancellationToken ct)
    {
        var found = await source.Statement($"SELECT {Columns}, e.body FROM {From} WHERE d.id = $1", id.Value)
            .Row(row => (Delivery: Read(row), Body: row.GetString(11)), ct);
        if (found.Delivery is null) return null;
        var tries = await source.Statement("""
            SELECT number, at, url, status, answer, error, duration_ms FROM notices.delivery_tries
            WHERE delivery_id = $1 ORDER BY number
            """, id.Value).Rows(row => new DeliveryTry(
                row.GetInt32(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.Optional<int?>(3),
                row.Optional<string>(4), row.Optional<string>(5), row.GetInt64(6)), ct);
        return new DeliveryDetails(found.Delivery, found.Body, tries);
    }

    /// <summary>
    /// Takes the delivery that is due the longest, for one attempt, leaving out webhooks that have enough under way.
    /// </summary>
    public Task<Claimed?> Claim(Guid[] busy, Guid[] crowded, TimeSpan longest, CancellationToken ct)
    {
        var now = time.GetMicros();
        return source.Statement("""
            UPDATE notices.deliveries d SET claimed_until = $2, attempts = d.attempts + 1
            FROM notices.webhooks w, notices.events e
            WHERE d.id = (
                SELECT id FROM notices.deliveries
                WHERE state = 'waiting' AND due_at <= $1 AND (claimed_until IS NULL OR claimed_until < $1)
                  AND NOT (webhook_id = ANY($3))
                  AND webhook_id NOT IN (SELECT id FROM notices.webhooks WHERE organization_id = ANY($4))
                ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
              AND w.id = d.webhook_id AND e.id = d.event_id
            RETURNING d.id, d.webhook_id, w.organization_id, d.attempts, w.url, e.id, e.body
            """, now, now + longest, busy, crowded).Row(row => new Claimed(
                new DeliveryId(row.GetGuid(0)), new WebhookId(row.GetGuid(1)), new OrganizationId(row.GetGuid(2)),
                row.GetInt32(3), row.GetString(4), new WebhookEventId(row.GetGuid(5)), row.GetString(6)), ct);
    }

    /// <summary>
    /// Writes down an attempt and what follows from it: with <paramref name="next"/> another one. False when the delivery
    /// went on without it meanwhile.
    /// </summary>
    public async Task<bool> Settle(
        Claimed claimed, DeliveryTry made, DeliveryState state, DateTimeOffset? next, UnitOfWork work, CancellationToken ct)
    {
        var settled = await work.Execute("""
            UPDATE notices.deliveries SET state = $3, due_at = COALESCE($4::timestamptz, due_at), claimed_until = NULL,
                finished_at = $5::timestamptz, status = $6::int, error = $7::text
            WHERE id = $1 AND attempts = $2 AND state = 'waiting'
            """,
            [
                claimed.Id.Value, claimed.Attempt, ObjectAt.Wire(state), next,
                state == DeliveryState.Waiting ? null : time.GetMicros(), made.Status, made.Error,
            ], ct);
        if (settled == 0) return false;
        await work.Execute("""
            INSERT INTO notices.delivery_tries (delivery_id, number, at, url, status, answer, error, duration_ms)
            VALUES ($1, $2, $3, $4, $5::int, $6::text, $7::text, $8)
            """,
            [claimed.Id.Value, made.Number, made.At, made.Url, made.Status, made.Answer, made.Error, made.DurationMs], ct);
        return true;
    }

    /// <summary>Notes a success, or a failure; returns since when there were failures alone.</summary>
    public async Task<DateTimeOffset?> Note(WebhookId webhook, bool failed, UnitOfWork work, CancellationToken ct) =>
        await work.Statement("""
            UPDATE notices.webhooks SET failing_since = CASE WHEN $2 THEN COALESCE(failing_since, $3::timestamptz) END
            WHERE id = $1 RETURNING failing_since
            """, webhook.Value, failed, time.GetMicros()).Row(row => row.Optional<DateTimeOffset?>(0), ct);

    /// <summary>Switches a webhook off; false when it is off already.</summary>
    public async Task<bool> Disable(WebhookId webhook, string why, UnitOfWork work, CancellationToken ct)
    {
        var done = await work.Execute("""
            UPDATE notices.webhooks SET disabled_at = $2, disabled_why = $3 WHERE id = $1 AND disabled_at IS NULL
            """, [webhook.Value, time.GetMicros(), why], ct);
        if (done == 0) return false;
        await GiveUp(webhook, "The webhook was switched off.", work, ct);
        return true;
    }

    /// <summary>Drops events past their time, with their deliveries.</summary>
    public async Task Forget(int days, CancellationToken ct)
    {
        await using var command = source.Statement(
            "DELETE FROM notices.events WHERE created_at < $1", time.GetUtcNow().AddDays(-days));
        await command.ExecuteNonQueryAsync(ct);
    }

    private static Task<int> Keep(OrganizationEvent happened, UnitOfWork work, CancellationToken ct)
    {
        var body = JsonSerializer.Serialize(
            new
            {
                happened.Id,
                happened.Type,
                happened.CreatedAt,
                apiVersion = ApiVersion,
                happened.Organization,
                happened.Data,
            }, Http.Json);
        return work.Execute("""
            INSERT INTO notices.events (id, organization_id, type, body, created_at) VALUES ($1, $2, $3, $4, $5)
            """, [happened.Id.Value, happened.Organization.Value, happened.Type, body, happened.CreatedAt], ct);
    }

    private async Task<DeliveryId> Insert(WebhookId webhook, WebhookEventId happened, UnitOfWork work, CancellationToken ct)
    {
        var id = WireId.New<DeliveryId>();
        await work.Execute("""
            INSERT INTO notices.deliveries (id, webhook_id, event_id, state, created_at, due_at)
            VALUES ($1, $2, $3, 'waiting', $4, $4)
            """, [id.Value, webhook.Value, happened.Value, time.GetMicros()], ct);
        return id;
    }

    private static Task<Delivery?> Find(DeliveryId id, UnitOfWork work, CancellationToken ct) =>
        work.Statement($"SELECT {Columns} FROM {From} WHERE d.id = $1", id.Value).Row(Read, ct);

    private static Delivery Read(NpgsqlDataReader row)
    {
        var state = Enum.Parse<DeliveryState>(row.GetString(4), ignoreCase: true);
        return new Delivery(
            new DeliveryId(row.GetGuid(0)), new WebhookId(row.GetGuid(1)), new WebhookEventId(row.GetGuid(2)), row.GetString(3),
            state, row.GetInt32(5), row.GetFieldValue<DateTimeOffset>(6),
            state == DeliveryState.Waiting ? row.GetFieldValue<DateTimeOffset>(7) : null, row.Optional<DateTimeOffset?>(8),
            row.Optional<int?>(9), row.Optional<string>(10));
    }

    internal sealed record Claimed(
        DeliveryId Id, WebhookId Webhook, OrganizationId Organization, int Attempt, string Url, WebhookEventId Event,
        string Body);
}
