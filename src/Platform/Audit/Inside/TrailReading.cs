using System.Runtime.CompilerServices;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Audit.Inside;

/// <summary>Events for those who may see them.</summary>
internal sealed class TrailReading(NpgsqlDataSource source)
{
    public const int PageMax = 200;

    private const int ExportedAtOnce = 500;

    public const string Columns =
        "number, at, actor_kind, actor_name, actor_organization, action, subject, organization, before, after, form, "
        + "request_id, ip_prefix, agent";

    private const string Shown =
        "number, at, actor_kind, actor_name, action, subject, organization, before, after, request_id, ip_prefix, agent, hash";

    private const string Matching = """
        ($1::uuid IS NULL OR organization = $1)
        AND ($2::text IS NULL OR action = $2 OR starts_with(action, $2 || '.'))
        AND ($3::text IS NULL OR subject = $3) AND ($4::text IS NULL OR actor_name = $4)
        AND ($5::timestamptz IS NULL OR at >= $5) AND ($6::timestamptz IS NULL OR at < $6)
        """;

    /// <summary>Why the actor may not ask this; null when he may.</summary>
    public static Refusal? Refuse(AuditQuery query, Actor actor)
    {
        if (actor.May(Permission.PlatformAuditRead)) return null;
        if (query.Organization is not { } organization)
            return Refusal.Invalid("audit.organization-missing", "Say whose events: give organization=org_….");
        return actor.Check(Permission.AuditRead, organization, Refusals.NoOrganization(organization.ToString()));
    }

    public Task<List<RecordedEvent>> List(AuditQuery query, long? before, int limit, CancellationToken ct) =>
        Statement(
            $"SELECT {Shown} FROM audit.events WHERE {Matching} AND ($7::bigint IS NULL OR number < $7) "
            + "ORDER BY number DESC LIMIT $8",
            query, before, Math.Clamp(limit, 1, PageMax + 1)).Rows(Read, ct);

    /// <summary>All of them, oldest first. A reader who is slow holds no connection: they are read by pages.</summary>
    public async IAsyncEnumerable<RecordedEvent> Export(AuditQuery query, [EnumeratorCancellation] CancellationToken ct)
    {
        // What is recorded meanwhile comes after the end.
        var last = await source.Statement("SELECT number FROM audit.head").Row(row => row.GetInt64(0), ct);
        for (long? after = 0; after is not null;)
        {
            var page = await Statement(
                $"SELECT {Shown} FROM audit.events WHERE {Matching} AND number > $7 AND number <= $8 ORDER BY number LIMIT $9",
                query, after, last, ExportedAtOnce).Rows(Read, ct);
            foreach (var one in page) yield return one;
            after = page.Count == ExportedAtOnce ? page[^1].Number : null;
        }
    }

    private NpgsqlCommand Statement(string sql, AuditQuery query, params ReadOnlySpan<object?> more) => source.Statement(
        sql, [query.Organization?.Value, query.Action, query.Subject, query.Actor, query.From, query.To, .. more]);

    private static RecordedEvent Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetString(3), row.GetString(4),
        row.GetString(5), row.Optional<Guid?>(6) is { } id ? new OrganizationId(id) : null, row.Optional<string>(7),
        row.Optional<string>(8), row.Optional<string>(9), row.Optional<string>(10), row.Optional<string>(11),
        Convert.ToHexStringLower(row.GetFieldValue<byte[]>(12)));
}
