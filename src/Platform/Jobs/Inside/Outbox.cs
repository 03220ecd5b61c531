using System.Text.Json;
using Sluice.Kernel;

namespace Sluice.Platform.Jobs.Inside;

internal sealed class Outbox(Subscriptions subscriptions, TimeProvider time) : IOutbox
{
    public async Task Record<T>(T fact, UnitOfWork work, CancellationToken ct = default) where T : class
    {
        var name = Subscription.FactName(typeof(T));
        string[] subscribers = [.. subscriptions.To(name).Select(s => s.Name)];
        if (subscribers.Length == 0) return;
        await work.Statement($"""
            WITH recorded AS (
                INSERT INTO jobs.outbox (fact, subscriber, body, recorded_at, due_at)
                SELECT $1::text, subscriber, $3::jsonb, $4::timestamptz, $4::timestamptz FROM unnest($2::text[]) AS subscriber
                RETURNING id)
            SELECT count(*), pg_notify('{Bell.FactsChannel}', '') FROM recorded
            """, name, subscribers, JsonSerializer.Serialize(fact, Http.Json), time.GetMicros()).Row(row => true, ct);
    }
}
