using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Api.Inside;

/// <summary>First answers in the database.</summary>
internal sealed class FirstAnswers(ISecretBox box, IOptions<ApiOptions> options, TimeProvider time)
{
    private const int ForgottenAtOnce = 20;

    /// <summary>
    /// Takes the key for a request. Null: it is the first one, and the key is locked until the unit of work ends.
    /// Otherwise what was answered; one that came while the first was running has waited for its end.
    /// </summary>
    public async Task<FirstAnswer?> Take(string actor, string key, byte[] fingerprint, UnitOfWork work, CancellationToken ct)
    {
        var now = time.GetMicros();
        var oldest = now.AddHours(-options.Value.IdempotencyHours);
        // An old answer is forgotten when its key comes again, and a few others with it: no worker has to.
        await work.Execute(
            "DELETE FROM api.first_answers WHERE actor = $1 AND key = $2 AND created_at < $3", [actor, key, oldest], ct);
        await work.Execute("""
            DELETE FROM api.first_answers WHERE (actor, key) IN (
                SELECT actor, key FROM api.first_answers WHERE created_at < $1
                ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
            """, [oldest, ForgottenAtOnce], ct);
        var taken = await work.Execute("""
            INSERT INTO api.first_answers (actor, key, fingerprint, created_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
            """, [actor, key, fingerprint, now], ct);
        if (taken == 1) return null;
        return await work.Statement("""
            SELECT fingerprint, status, content_type, location, etag, body FROM api.first_answers WHERE actor = $1 AND key = $2
            """, actor, key).Row(row => Read(row, actor, key), ct);
    }

    /// <summary>Keeps the answer of the request that took the key.</summary>
    public Task Keep(string actor, string key, FirstAnswer answer, UnitOfWork work, CancellationToken ct) => work.Execute("""
        UPDATE api.first_answers SET status = $3, content_type = $4, location = $5, etag = $6, body = $7
        WHERE actor = $1 AND key = $2
        """,
        [
            actor, key, (short)answer.Status, answer.ContentType, answer.Location, answer.Tag,
            box.Seal(Convert.ToBase64String(answer.Body ?? []), Context(actor, key)),
        ], ct);

    private FirstAnswer Read(NpgsqlDataReader row, string actor, string key) => new(
        row.GetFieldValue<byte[]>(0), row.GetInt16(1), row.Optional<string>(2), row.Optional<string>(3),
        row.Optional<string>(4),
        box.TryOpen(row.GetString(5), Context(actor, key), out var body) ? Convert.FromBase64String(body) : null);

    private static string Context(string actor, string key) => $"api.first_answers/{actor}/{key}";
}

/// <param name="Body">Null where the key ring that sealed it is gone.</param>
internal sealed record FirstAnswer(
    byte[] Fingerprint, int Status, string? ContentType, string? Location, string? Tag, byte[]? Body);
