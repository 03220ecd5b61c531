using Sluice.Kernel;

namespace Sluice.Platform.Audit.Inside;

internal sealed class AuditTrail(TrailReading reading, TrailProof proof, CheckpointBook checkpoints, SigningKeys keys)
    : IAuditTrail
{
    public Task<AuditProof> Verify(Witness? witness = null, CancellationToken ct = default) => proof.Verify(witness, ct);

    public async Task<Result<IReadOnlyList<RecordedEvent>>> List(
        AuditQuery query, Actor actor, long? before = null, int limit = 100, CancellationToken ct = default) =>
        TrailReading.Refuse(query, actor) is { } refusal ? refusal : await reading.List(query, before, limit, ct);

    public async Task<Result<Done>> Export(
        AuditQuery query, Actor actor, Func<RecordedEvent, Task> each, CancellationToken ct = default)
    {
        if (TrailReading.Refuse(query, actor) is { } refusal) return refusal;
        await foreach (var one in reading.Export(query, ct)) await each(one);
        return new Done();
    }

    public Task<Checkpoint?> Sign(CancellationToken ct = default) => checkpoints.Sign(ct);

    public Task<IReadOnlyList<Checkpoint>> Checkpoints(int limit = 100, CancellationToken ct = default) =>
        checkpoints.Last(limit, ct);

    public Task<IReadOnlyDictionary<string, string>> PublicKeys(CancellationToken ct = default) => keys.PublicKeys(ct);
}
