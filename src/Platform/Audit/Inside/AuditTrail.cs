using Sluice.Kernel;

namespace Sluice.Platform.Audit.Inside;

internal sealed class AuditTrail(
    TrailReading reading, TrailProof proof, CheckpointBook checkpoints, SigningKeys keys, IAudit audit) : IAuditTrail
{
    public Task<AuditProof> Verify(Witness? witness = null, CancellationToken ct = default) => proof.Verify(witness, ct);

    public async Task<Result<IReadOnlyList<RecordedEvent>>> List(
        AuditQuery query, Actor actor, long? before = null, int limit = 100, CancellationToken ct = default)
    {
        if (TrailReading.Refuse(query, actor) is { } refusal) return refusal;
        await RecordRead("read", query, actor, ct);
        return await reading.List(query, before, limit, ct);
    }

    public async Task<Result<Done>> Export(
        AuditQuery query, Actor actor, Func<RecordedEvent, Task> each, CancellationToken ct = default)
    {
        if (TrailReading.Refuse(query, actor) is { } refusal) return refusal;
        await RecordRead("export", query, actor, ct);
        await foreach (var one in reading.Export(query, ct)) await each(one);
        return new Done();
    }

    private Task RecordRead(string verb, AuditQuery query, Actor actor, CancellationToken ct) => audit.RecordRead(
        actor, $"audit.events.{verb}", query.Organization?.ToString() ?? "all", query.Organization, ct);

    public Task<Checkpoint?> Sign(CancellationToken ct = default) => checkpoints.Sign(ct);

    public Task<IReadOnlyList<Checkpoint>> Checkpoints(int limit = 100, CancellationToken ct = default) =>
        checkpoints.Last(limit, ct);

    public Task<IReadOnlyDictionary<string, string>> PublicKeys(CancellationToken ct = default) => keys.PublicKeys(ct);
}
