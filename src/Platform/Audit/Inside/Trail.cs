using Sluice.Kernel;

namespace Sluice.Platform.Audit.Inside;

/// <summary>The one writer of the chain.</summary>
internal sealed class Trail(IUnitsOfWork units, TimeProvider time) : IAudit
{
    private const int AgentLengthMax = 300;

    public async Task Record(AuditEvent change, UnitOfWork work, CancellationToken ct = default)
    {
        // The lock on the head lasts to the end of the transaction: the chain has the order of the commits.
        var head = await work.Statement("SELECT number, hash FROM audit.head FOR UPDATE")
            .Row(row => (Number: row.GetInt64(0), Hash: row.GetFieldValue<byte[]>(1)), ct);
        var chained = Chained(change, head.Number + 1);
        var hash = chained.Hash(head.Hash);
        await work.Execute($"""
            WITH head AS (UPDATE audit.head SET number = $1, hash = $16)
            INSERT INTO audit.events ({TrailReading.Columns}, previous, hash)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """,
            [
                chained.Number, chained.At, chained.ActorKind, chained.ActorName, chained.ActorOrganization,
                chained.Action, chained.Subject, chained.Organization, chained.Before, chained.After, chained.Form,
                chained.RequestId, chained.IpPrefix, chained.Agent, head.Hash, hash,
            ], ct);
    }

    public async Task RecordRead(
        Actor actor, string action, string subject, OrganizationId? organization, CancellationToken ct = default)
    {
        if (actor.Platform == PlatformRole.None || actor is { Kind: ActorKind.System, Origin: null }) return;
        if (organization is { } own && actor.Memberships.ContainsKey(own)) return;
        await using var work = await units.Begin(ct);
        await Record(new AuditEvent(actor, action, subject, organization, null, null), work, ct);
        await work.Commit(ct);
    }

    private ChainedEvent Chained(AuditEvent change, long number) => new(
        number, time.GetMicros(), change.Actor.Kind.ToString(), change.Actor.Name, change.Actor.Organization?.Value,
        change.Action, change.Subject, change.Organization?.Value, change.Before, change.After)
    {
        RequestId = change.Actor.Origin?.RequestId,
        IpPrefix = change.Actor.Origin?.IpPrefix,
        Agent = Short(change.Actor.Origin?.Agent),
    };

    // Clients choose what they call themselves: PostgreSQL takes no NUL, and a mile of it helps nobody.
    private static string? Short(string? agent)
    {
        if (agent is null) return null;
        var clean = agent.Replace("\0", "", StringComparison.Ordinal);
        if (clean.Length <= AgentLengthMax) return clean;
        return clean[..(char.IsHighSurrogate(clean[AgentLengthMax - 1]) ? AgentLengthMax - 1 : AgentLengthMax)];
    }
}
