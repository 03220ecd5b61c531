using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Tenants;

namespace Sluice.Platform.Notices.Inside.Mail;

/// <summary>The table of mails.</summary>
internal sealed class MailBook(
    NpgsqlDataSource source, ISecretBox box, MailGate gate, IOptions<MailOptions> options, IOptions<TenantsOptions> tenants,
    TimeProvider time)
{
    public const int ListMax = 200;

    private static readonly TimeSpan ClaimLongest = TimeSpan.FromMinutes(10);

    /// <summary>Queues a mail inside a unit of work; where mail is closed it is recorded as that, without what it said.</summary>
    public async Task<MailId> Queue(
        string to, string template, IReadOnlyDictionary<string, string> values, UnitOfWork work, CancellationToken ct)
    {
        if (!Letters.Knows(template)) throw new ArgumentException($"There is no mail named {template}.", nameof(template));
        var id = WireId.New<MailId>();
        var now = time.GetMicros();
        var state = gate.IsKept ? "kept" : gate.IsOpen ? "waiting" : "closed";
        await work.Execute("""
            INSERT INTO notices.mails (id, recipient, template, sealed, state, created_at, due_at, ends_at)
            VALUES ($1, $2, $3, $4, $5, $6, $6, $7::timestamptz)
            """,
            [
                id.Value, to, template, state == "closed" ? null : box.Seal(JsonSerializer.Serialize(values), Context(id)),
                state, now, Letters.Ends(values),
            ], ct);
        if (gate.IsKept) await ForgetBeyond(work, ct);
        return id;
    }

    /// <summary>Takes the mail that is due the longest, for one attempt; null when none is.</summary>
    public Task<Claimed?> Claim(CancellationToken ct)
    {
        var now = time.GetMicros();
        return source.Statement("""
            UPDATE notices.mails SET claimed_until = $2, attempts = attempts + 1
            WHERE id = (
                SELECT id FROM notices.mails
                WHERE state = 'waiting' AND due_at <= $1 AND (claimed_until IS NULL OR claimed_until < $1)
                ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING id, recipient, template, sealed, attempts, ends_at
            """, now, now + ClaimLongest).Row(row => new Claimed(
                new MailId(row.GetGuid(0)), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt32(4),
                row.Optional<DateTimeOffset?>(5)), ct);
    }

    /// <summary>What a mail says; null when it cannot be opened any more.</summary>
    public Letter? Open(MailId id, string template, string text)
    {
        if (!box.TryOpen(text, Context(id), out var plain)) return null;
        var values = JsonSerializer.Deserialize<Dictionary<string, string>>(plain) ?? [];
        return Letters.Write(template, values, tenants.Value.InstallationName);
    }

    /// <summary>Ends an attempt that was the last: what the mail said goes.</summary>
    public async Task End(Claimed mail, MailState state, string? error, CancellationToken ct)
    {
        var now = time.GetMicros();
        await using var command = source.Statement("""
            UPDATE notices.mails
            SET state = $3, sealed = NULL, claimed_until = NULL, last_error = $4::text, sent_at = $5::timestamptz
            WHERE id = $1 AND attempts = $2 AND state = 'waiting'
            """, mail.Id.Value, mail.Attempt, ObjectAt.Wire(state), error, state == MailState.Sent ? now : null);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Ends an attempt that failed; the next one comes after the wait.</summary>
    public async Task Postpone(Claimed mail, TimeSpan wait, string error, CancellationToken ct)
    {
        await using var command = source.Statement("""
            UPDATE notices.mails SET due_at = $3, claimed_until = NULL, last_error = $4
            WHERE id = $1 AND attempts = $2 AND state = 'waiting'
            """, mail.Id.Value, mail.Attempt, time.GetMicros() + wait, error);
        await command.ExecuteNonQueryAsync(ct);
    }

    public Task<List<Notices.Mail>> List(CancellationToken ct) => source.Statement("""
        SELECT id, recipient, template, state, attempts, created_at, sent_at, last_error, sealed FROM notices.mails
        ORDER BY created_at DESC, id DESC LIMIT $1
        """, ListMax).Rows(Read, ct);

    public Task<Notices.Mail?> Find(MailId id, UnitOfWork work, CancellationToken ct) => work.Statement("""
        SELECT id, recipient, template, state, attempts, created_at, sent_at, last_error, sealed FROM notices.mails WHERE id = $1
        """, id.Value).Row(Read, ct);

    /// <summary>Drops records past their time.</summary>
    public async Task Forget(CancellationToken ct)
    {
        await using var command = source.Statement(
            "DELETE FROM notices.mails WHERE created_at < $1 AND state <> 'waiting'",
            time.GetUtcNow().AddDays(-options.Value.KeepDays));
        await command.ExecuteNonQueryAsync(ct);
    }

    private static Task<int> ForgetBeyond(UnitOfWork work, CancellationToken ct) => work.Execute("""
        DELETE FROM notices.mails WHERE state = 'kept' AND id IN (
            SELECT id FROM notices.mails WHERE state = 'kept' ORDER BY created_at DESC, id DESC OFFSET $1)
        """, [ListMax], ct);

    private Notices.Mail Read(NpgsqlDataReader row)
    {
        var id = new MailId(row.GetGuid(0));
        var state = Enum.Parse<MailState>(row.GetString(3), ignoreCase: true);
        var letter = state == MailState.Kept && row.Optional<string>(8) is { } text ? Open(id, row.GetString(2), text) : null;
        var brand = tenants.Value.InstallationName;
        return new Notices.Mail(
            id, row.GetString(1), row.GetString(2), state, row.GetInt32(4), row.GetFieldValue<DateTimeOffset>(5),
            row.Optional<DateTimeOffset?>(6), row.Optional<string>(7), letter?.Subject, letter?.Text(brand), letter?.Html(brand));
    }

    private static string Context(MailId id) => $"notices.mail:{id}";

    internal sealed record Claimed(
        MailId Id, string To, string Template, string Sealed, int Attempt, DateTimeOffset? EndsAt);
}
