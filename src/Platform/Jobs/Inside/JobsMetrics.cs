using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>How a run ended, as metrics say it.</summary>
internal enum RunOutcome { Done, Failed, Dead, Cancelled, HandedBack, ClaimLost }

/// <summary>Numbers of the meter <c>Sluice.Jobs</c>.</summary>
internal sealed class JobsMetrics
{
    private static readonly double[] Seconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600, 3600];

    private readonly Counter<long> _runs;
    private readonly Counter<long> _reaped;
    private readonly Counter<long> _deliveries;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _wait;
    private readonly ConcurrentDictionary<string, int> _running = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<QueueRow> _queues = [];
    private volatile OutboxSample? _outbox;

    public JobsMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Sluice.Jobs");
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds };
        _runs = meter.CreateCounter<long>("sluice.jobs.runs", "{run}", "Runs of jobs in this process, by how they ended");
        _reaped = meter.CreateCounter<long>(
            "sluice.jobs.reaped", "{job}", "Jobs taken from workers that were not heard of any more");
        _duration = meter.CreateHistogram("sluice.jobs.duration", "s", "Duration of one run", null, advice);
        _wait = meter.CreateHistogram("sluice.jobs.wait", "s", "From the due time of a job to its claim", null, advice);
        _deliveries = meter.CreateCounter<long>(
            "sluice.facts.deliveries", "{delivery}", "Attempts to deliver a fact, by how they ended");
        meter.CreateObservableGauge("sluice.jobs.running", Running, "{job}", "Jobs that this process runs now");
        meter.CreateObservableGauge("sluice.jobs.waiting", () => Of(q => q.Waiting), "{job}", "Jobs that are due");
        meter.CreateObservableGauge("sluice.jobs.dead", () => Of(q => q.Dead), "{job}", "Jobs that were given up");
        meter.CreateObservableGauge(
            "sluice.jobs.oldest", () => Of(q => q.OldestSeconds ?? 0), "s", "How long the oldest job has been due");
        meter.CreateObservableGauge(
            "sluice.facts.waiting", () => Outbox(o => o.Waiting), "{delivery}", "Deliveries that are due");
        meter.CreateObservableGauge(
            "sluice.facts.dead", () => Outbox(o => o.Dead), "{delivery}", "Deliveries that were given up");
        meter.CreateObservableGauge(
            "sluice.facts.oldest", () => Outbox(o => o.OldestSeconds), "s", "How long the oldest delivery has been due");
    }

    public void Started(string queue, TimeSpan waited)
    {
        _running.AddOrUpdate(queue, 1, (_, count) => count + 1);
        _wait.Record(Math.Max(0, waited.TotalSeconds), new KeyValuePair<string, object?>("queue", queue));
    }

    public void Ended(string queue, string name, RunOutcome outcome, TimeSpan duration)
    {
        _running.AddOrUpdate(queue, 0, (_, count) => count - 1);
        var word = outcome switch
        {
            RunOutcome.Done => "done",
            RunOutcome.Failed => "failed",
            RunOutcome.Dead => "dead",
            RunOutcome.Cancelled => "cancelled",
            RunOutcome.HandedBack => "handed_back",
            _ => "claim_lost",
        };
        _runs.Add(1, new("queue", queue), new("job", name), new("outcome", word));
        _duration.Record(duration.TotalSeconds, new("queue", queue), new("job", name));
    }

    public void Reaped(string queue) => _reaped.Add(1, new KeyValuePair<string, object?>("queue", queue));

    public void Delivered(string subscriber, string outcome) =>
        _deliveries.Add(1, new("subscriber", subscriber), new("outcome", outcome));

    /// <summary>What the database says now; told until the next sample.</summary>
    public void Sampled(IReadOnlyList<QueueRow> queues, OutboxSample outbox) => (_queues, _outbox) = (queues, outbox);

    private IEnumerable<Measurement<int>> Running() =>
        _running.Select(pair => new Measurement<int>(pair.Value, new KeyValuePair<string, object?>("queue", pair.Key)));

    private IEnumerable<Measurement<T>> Of<T>(Func<QueueRow, T> value) where T : struct =>
        _queues.Select(queue => new Measurement<T>(value(queue), new KeyValuePair<string, object?>("queue", queue.Name)));

    private IEnumerable<Measurement<T>> Outbox<T>(Func<OutboxSample, T> value) where T : struct =>
        _outbox is { } sample ? [new Measurement<T>(value(sample))] : [];
}

/// <summary>The outbox at one moment.</summary>
internal sealed record OutboxSample(long Waiting, long Dead, double OldestSeconds);
