using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Notices.Inside.Inbox;

/// <summary>The table of notices, and the door to it: everybody sees what is one's own.</summary>
internal sealed class NoticeBook(NpgsqlDataSource source, TimeProvider time) : IInbox
{
    public const int PageMax = 200;
    private const int KeptMax = 500;
    private const int KeptDays = 90;
    private const int TitleMax = 300;
    private const int BodyMax = 2000;

    public async Task<Result<IReadOnlyList<Notice>>> List(
        Actor actor, bool unreadOnly = false, NoticeId? after = null, int limit = PageMax, CancellationToken ct = default)
    {
        if (Refuse(actor, Permission.SelfRead) is { } refusal) return refusal;
        return await source.Statement("""
            SELECT id, organization_id, kind, title, body, link, created_at, read_at FROM notices.notices
            WHERE user_id = $1 AND ($2::uuid IS NULL OR id < $2) AND (NOT $3 OR read_at IS NULL) ORDER BY id DESC LIMIT $4
            """, actor.User!.Value.Value, after?.Value, unreadOnly, Math.Clamp(limit, 1, PageMax + 1)).Rows(Read, ct);
    }

    public async Task<int> Unread(Actor actor, CancellationToken ct = default) => actor.User is { } user
        ? (int)await source.Statement(
            "SELECT count(*) FROM notices.notices WHERE user_id = $1 AND read_at IS NULL", user.Value)
            .Row(row => row.GetInt64(0), ct)
        : 0;

    public async Task<Result<Done>> Read(NoticeId id, Actor actor, CancellationToken ct = default)
    {
        if (Refuse(actor, Permission.SelfWrite) is { } refusal) return refusal;
        await using var command = source.Statement(
            "UPDATE notices.notices SET read_at = COALESCE(read_at, $3) WHERE id = $1 AND user_id = $2",
            id.Value, actor.User!.Value.Value, time.GetMicros());
        return await command.ExecuteNonQueryAsync(ct) == 1 ? new Done() : NoticeRefusals.NoNotice(id.ToString());
    }

    public async Task<Result<int>> ReadAll(Actor actor, CancellationToken ct = default)
    {
        if (Refuse(actor, Permission.SelfWrite) is { } refusal) return refusal;
        await using var command = source.Statement(
            "UPDATE notices.notices SET read_at = $2 WHERE user_id = $1 AND read_at IS NULL",
            actor.User!.Value.Value, time.GetMicros());
        return await command.ExecuteNonQueryAsync(ct);
    }

    public Task Add(
        UserId user, OrganizationId? organization, string kind, string title, string body, string? link, UnitOfWork work,
        CancellationToken ct) => work.Execute("""
        INSERT INTO notices.notices (id, user_id, organization_id, kind, title, body, link, created_at)
        VALUES ($1, $2, $3::uuid, $4, $5, $6, $7::text, $8)
        """,
        [
            WireId.New<NoticeId>().Value, user.Value, organization?.Value, kind, Short(title, TitleMax), Short(body, BodyMax),
            link, time.GetMicros(),
        ], ct);

    /// <summary>Drops what is past its time, and what a person has too much of.</summary>
    public async Task Forget(CancellationToken ct)
    {
        await using var command = source.Statement("""
            DELETE FROM notices.notices WHERE created_at < $1 OR id IN (
                SELECT id FROM (
                    SELECT id, row_number() OVER (PARTITION BY user_id ORDER BY id DESC) AS place FROM notices.notices) AS n
                WHERE place > $2)
            """, time.GetUtcNow().AddDays(-KeptDays), KeptMax);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static Refusal? Refuse(Actor actor, Permission permission) =>
        actor.User is null ? NoticeRefusals.NoUser : actor.Check(permission);

    private static string Short(string text, int max) => text.Length > max ? text[..(max - 1)] + "…" : text;

    private static Notice Read(NpgsqlDataReader row) => new(
        new NoticeId(row.GetGuid(0)), row.Optional<Guid?>(1) is { } organization ? new OrganizationId(organization) : null,
        row.GetString(2), row.GetString(3), row.GetString(4), row.Optional<string>(5), row.GetFieldValue<DateTimeOffset>(6),
        row.Optional<DateTimeOffset?>(7));
}
