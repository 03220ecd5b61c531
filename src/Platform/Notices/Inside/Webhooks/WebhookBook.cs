using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Notices.Inside.Webhooks;

/// <summary>The tables of webhooks and their secrets.</summary>
internal sealed class WebhookBook(NpgsqlDataSource source, ISecretBox box, TimeProvider time)
{
    private const int SecretsMax = 5;
    private const string Columns =
        "id, organization_id, url, types, description, created_at, disabled_at, disabled_why, failing_since, version";

    public async Task<Webhook?> Find(WebhookId id, CancellationToken ct)
    {
        var found = await source.Statement($"SELECT {Columns} FROM notices.webhooks WHERE id = $1", id.Value).Row(Read, ct);
        return found is null ? null : (await WithSecrets([found], null, ct))[0];
    }

    /// <summary>The same inside a unit of work, which holds the row from then on.</summary>
    public async Task<Webhook?> Lock(WebhookId id, UnitOfWork work, CancellationToken ct)
    {
        var found = await work.Statement($"SELECT {Columns} FROM notices.webhooks WHERE id = $1 FOR UPDATE", id.Value)
            .Row(Read, ct);
        return found is null ? null : (await WithSecrets([found], work, ct))[0];
    }

    public async Task<List<Webhook>> List(OrganizationId organization, CancellationToken ct) => await WithSecrets(
        await source.Statement(
            $"SELECT {Columns} FROM notices.webhooks WHERE organization_id = $1 ORDER BY id", organization.Value)
            .Rows(Read, ct), null, ct);

    public static async Task<long> Count(OrganizationId organization, UnitOfWork work, CancellationToken ct) =>
        await work.Statement("SELECT count(*) FROM notices.webhooks WHERE organization_id = $1", organization.Value)
            .Row(row => row.GetInt64(0), ct);

    public Task Insert(
        WebhookId id, OrganizationId organization, WebhookRequest request, UnitOfWork work, CancellationToken ct) =>
        work.Execute("""
            INSERT INTO notices.webhooks (id, organization_id, url, types, description, created_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [id.Value, organization.Value, request.Url, request.Types.ToArray(), request.Description, time.GetMicros()], ct);

    public Task Update(
        WebhookId id, WebhookRequest request, bool enabled, UnitOfWork work, CancellationToken ct) => work.Execute("""
        UPDATE notices.webhooks SET url = $2, types = $3, description = $4, version = version + 1,
            disabled_at = CASE WHEN $5 THEN NULL ELSE COALESCE(disabled_at, $6::timestamptz) END,
            disabled_why = CASE WHEN $5 THEN NULL ELSE COALESCE(disabled_why, 'a member switched it off.') END,
            failing_since = CASE WHEN $5 AND disabled_at IS NOT NULL THEN NULL ELSE failing_since END
        WHERE id = $1
        """, [id.Value, request.Url, request.Types.ToArray(), request.Description, enabled, time.GetMicros()], ct);

    public static Task Delete(WebhookId id, UnitOfWork work, CancellationToken ct) =>
        work.Execute("DELETE FROM notices.webhooks WHERE id = $1", [id.Value], ct);

    /// <summary>Adds a secret and gives those that have no end one; false where too many sign at once.</summary>
    public async Task<bool> AddSecret(WebhookId id, string secret, TimeSpan overlap, UnitOfWork work, CancellationToken ct)
    {
        var now = time.GetMicros();
        await work.Execute("DELETE FROM notices.webhook_secrets WHERE webhook_id = $1 AND expires_at <= $2", [id.Value, now], ct);
        await work.Execute(
            "UPDATE notices.webhook_secrets SET expires_at = LEAST(COALESCE(expires_at, $2), $2) WHERE webhook_id = $1",
            [id.Value, now + overlap], ct);
        if (overlap == TimeSpan.Zero)
            await work.Execute("DELETE FROM notices.webhook_secrets WHERE webhook_id = $1", [id.Value], ct);
        var secretId = Guid.CreateVersion7(now);
        var signing = await work.Statement("SELECT count(*) FROM notices.webhook_secrets WHERE webhook_id = $1", id.Value)
            .Row(row => row.GetInt64(0), ct);
        if (signing >= SecretsMax) return false;
        await work.Execute("""
            INSERT INTO notices.webhook_secrets (id, webhook_id, sealed, hint, created_at) VALUES ($1, $2, $3, $4, $5)
            """, [secretId, id.Value, box.Seal(secret, Context(id)), Signature.Hint(secret), now], ct);
        return true;
    }

    /// <summary>The secrets that sign now, the newest first. None where the ring cannot open them.</summary>
    public async Task<List<string>> Secrets(WebhookId id, CancellationToken ct)
    {
        var texts = await source.Statement("""
            SELECT sealed FROM notices.webhook_secrets
            WHERE webhook_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY created_at DESC, id DESC
            """, id.Value, time.GetMicros()).Rows(row => row.GetString(0), ct);
        List<string> secrets = [];
        foreach (var text in texts)
            if (box.TryOpen(text, Context(id), out var secret)) secrets.Add(secret);
        return secrets;
    }

    private async Task<List<Webhook>> WithSecrets(List<Webhook> webhooks, UnitOfWork? work, CancellationToken ct)
    {
        const string Sql = """
            SELECT webhook_id, hint, created_at, expires_at FROM notices.webhook_secrets
            WHERE webhook_id = ANY($1) AND (expires_at IS NULL OR expires_at > $2) ORDER BY created_at DESC, id DESC
            """;
        Guid[] ids = [.. webhooks.Select(one => one.Id.Value)];
        var statement = work is null ? source.Statement(Sql, ids, time.GetMicros()) : work.Statement(Sql, ids, time.GetMicros());
        var secrets = await statement.Rows(row => (Webhook: row.GetGuid(0), Secret: new WebhookSecret(
            row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.Optional<DateTimeOffset?>(3))), ct);
        var byWebhook = secrets.ToLookup(one => one.Webhook, one => one.Secret);
        return [.. webhooks.Select(one => one with { Secrets = [.. byWebhook[one.Id.Value]] })];
    }

    private static Webhook Read(NpgsqlDataReader row) => new(
        new WebhookId(row.GetGuid(0)), new OrganizationId(row.GetGuid(1)), row.GetString(2), row.GetFieldValue<string[]>(3),
        row.GetString(4), row.GetFieldValue<DateTimeOffset>(5), row.Optional<DateTimeOffset?>(6), row.Optional<string>(7),
        row.Optional<DateTimeOffset?>(8), [])
    {
        Version = row.GetInt64(9),
    };

    private static string Context(WebhookId id) => $"notices.webhook:{id}";
}
