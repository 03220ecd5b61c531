using System.Text.Json;
using Sluice.Kernel;
using Sluice.Platform.Audit;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>The operator's verbs: who may, what was before, and the event in the trail, in one transaction.</summary>
internal sealed class Desk(IUnitsOfWork units, IAudit audit, DeskReads reads) : IJobDesk
{
    public async Task<Result<IReadOnlyList<JobRow>>> Jobs(
        JobFilter filter, JobId? after, int limit, Actor actor, CancellationToken ct = default) =>
        Closed(actor) is { } closed ? closed : await reads.Jobs(filter, after, limit, ct);

    public async Task<Result<JobDetails>> Job(JobId id, Actor actor, CancellationToken ct = default)
    {
        if (Closed(actor) is { } closed) return closed;
        return await reads.Details(id, ct) is { } job ? job : JobRefusals.NoJob(id.ToString());
    }

    public Task<Result<Done>> Retry(JobId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        Change(actor, work, "jobs.job.retry", id.ToString(), async given =>
        {
            var live = await given.Statement("SELECT running FROM jobs.live WHERE id = $1 FOR UPDATE", id.Value)
                .Row(row => (bool?)row.GetBoolean(0), ct);
            if (live == true) return JobRefusals.State(id, JobState.Running, "Cancel it first, or wait for its end.");
            if (live == false)
            {
                await Ring(given, "UPDATE jobs.live SET due_at = clock_timestamp() WHERE id = $1 RETURNING queue", id, ct);
                return nameof(JobState.Waiting);
            }
            var ended = await given.Statement(
                "SELECT outcome, queue, unique_key FROM jobs.finished WHERE id = $1 FOR UPDATE", id.Value)
                .Row(row => (Outcome: (int)row.GetInt16(0), Queue: row.GetString(1), Key: row.Optional<string>(2)), ct);
            if (ended.Queue is null) return JobRefusals.NoJob(id.ToString());
            if (ended.Outcome == (int)JobState.Done) return JobRefusals.State(id, JobState.Done, "There is nothing to repeat.");
            var taken = await given.Statement("""
                INSERT INTO jobs.live (id, queue, name, arguments, unique_key, created_at, due_at, attempts_max, fence, failures)
                SELECT id, queue, name, arguments, unique_key, created_at, clock_timestamp(), attempts_max, fence, failures
                FROM jobs.finished WHERE id = $1
                ON CONFLICT (queue, unique_key) WHERE unique_key IS NOT NULL DO NOTHING RETURNING queue
                """, id.Value).Row(row => row.GetString(0), ct) is null;
            if (taken) return JobRefusals.KeyTaken(ended.Key!);
            await Ring(given, "DELETE FROM jobs.finished WHERE id = $1 RETURNING queue", id, ct);
            return ((JobState)ended.Outcome).ToString();
        }, ct);

    public Task<Result<Done>> Cancel(JobId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        Change(actor, work, "jobs.job.cancel", id.ToString(), async given =>
        {
            if (await JobBook.CancelIn(given, id, ct) is { } before) return before.ToString();
            var outcome = await given.Statement("SELECT outcome FROM jobs.finished WHERE id = $1", id.Value)
                .Row(row => (JobState?)row.GetInt16(0), ct);
            return outcome is { } state
                ? JobRefusals.State(id, state, "It has ended already.")
                : JobRefusals.NoJob(id.ToString());
        }, ct);

    public async Task<Result<IReadOnlyList<QueueRow>>> Queues(Actor actor, CancellationToken ct = default) =>
        Closed(actor) is { } closed ? closed : await reads.Queues(ct);

    public Task<Result<Done>> SetPaused(
        string queue, bool paused, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        Change(actor, work, paused ? "jobs.queue.pause" : "jobs.queue.resume", queue, async given =>
        {
            var before = await given.Statement("SELECT paused_at IS NOT NULL FROM jobs.queues WHERE name = $1 FOR UPDATE", queue)
                .Row(row => (bool?)row.GetBoolean(0), ct);
            if (before is null) return JobRefusals.NoQueue(queue);
            await given.Statement($"""
                UPDATE jobs.queues SET paused_at = CASE WHEN $2 THEN coalesce(paused_at, clock_timestamp()) END
                WHERE name = $1 RETURNING pg_notify('{Bell.JobsChannel}', name)
                """, queue, paused).Row(row => true, ct);
            return before.Value ? "Paused" : "Open";
        }, ct);

    public async Task<Result<IReadOnlyList<ScheduleRow>>> Schedules(Actor actor, CancellationToken ct = default) =>
        Closed(actor) is { } closed ? closed : await reads.Schedules(ct);

    public Task<Result<Done>> SetSchedulePaused(
        string name, bool paused, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        Change(actor, work, paused ? "jobs.schedule.pause" : "jobs.schedule.resume", name, async given =>
        {
            var before = await given.Statement(
                "SELECT paused_at IS NOT NULL FROM jobs.schedules WHERE name = $1 FOR UPDATE", name)
                .Row(row => (bool?)row.GetBoolean(0), ct);
            if (before is null) return JobRefusals.NoSchedule(name);
            await given.Execute("""
                UPDATE jobs.schedules SET paused_at = CASE WHEN $2 THEN coalesce(paused_at, clock_timestamp()) END
                WHERE name = $1
                """, [name, paused], ct);
            return before.Value ? "Paused" : "Open";
        }, ct);

    public Task<Result<Done>> RunSchedule(string name, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        Change(actor, work, "jobs.schedule.run", name, async given =>
            await given.Execute(
                "UPDATE jobs.schedules SET next_at = least(next_at, clock_timestamp()) WHERE name = $1", [name], ct) == 0
                ? JobRefusals.NoSchedule(name)
                : "Due later", ct);

    public async Task<Result<IReadOnlyList<FactRow>>> Facts(
        bool dead, long? after, int limit, Actor actor, CancellationToken ct = default) =>
        Closed(actor) is { } closed ? closed : await reads.Facts(dead, after, limit, ct);

    public Task<Result<Done>> RetryFact(long id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        Change(actor, work, "jobs.fact.retry", id.ToString(System.Globalization.CultureInfo.InvariantCulture), async given =>
            await given.Statement($"""
                UPDATE jobs.outbox SET given_up_at = NULL, attempts = 0, due_at = clock_timestamp()
                WHERE id = $1 AND given_up_at IS NOT NULL RETURNING pg_notify('{Bell.FactsChannel}', '')
                """, id).Row(row => true, ct)
                ? "Given up"
                : JobRefusals.NoFact(id), ct);

    public async Task<JobsHealth> Health(CancellationToken ct = default)
    {
        var queues = await reads.Queues(ct);
        var outbox = await reads.Outbox(ct);
        var oldest = queues.Where(queue => queue.PausedAt is null && queue.OldestSeconds is not null)
            .MaxBy(queue => queue.OldestSeconds);
        return new JobsHealth(
            queues.Sum(queue => queue.Dead), outbox.Dead, oldest?.OldestSeconds, oldest?.Name,
            outbox.Waiting > 0 ? outbox.OldestSeconds : null,
            [.. queues.Where(queue => queue.PausedAt is not null).Select(queue => queue.Name)]);
    }

    private static Refusal? Closed(Actor actor) => actor.Check(Permission.JobsRead);

    // The verb answers with what was before, for the trail.
    private async Task<Result<Done>> Change(
        Actor actor, UnitOfWork? work, string action, string subject, Func<UnitOfWork, Task<Result<string>>> verb,
        CancellationToken ct)
    {
        if (actor.Check(Permission.JobsWrite) is { } closed) return closed;
        return await units.Write<Done>(work, async given =>
        {
            var before = await verb(given);
            if (!before.Ok) return before.Refusal;
            var was = JsonSerializer.Serialize(new { state = before.Value }, Http.Json);
            await audit.Record(new AuditEvent(actor, action, subject, null, was, null), given, ct);
            return default(Done);
        }, ct);
    }

    private static async Task Ring(UnitOfWork work, string change, JobId id, CancellationToken ct) => await work.Statement(
        $"WITH changed AS ({change}) SELECT pg_notify('{Bell.JobsChannel}', queue) FROM changed", id.Value).Row(row => true, ct);
}
