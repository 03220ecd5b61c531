using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>Delivers one due fact at a time; a row being handled is skipped by every other process.</summary>
internal sealed partial class Delivery(
    IUnitsOfWork units, Subscriptions subscriptions, IServiceProvider services, IOptions<JobsOptions> options,
    TimeProvider time, ILogger<Delivery> log)
{
    private const int ErrorLengthMax = 2000;

    /// <summary>Delivers the fact that is due the longest, and answers to whom and how that ended; null when none is.</summary>
    public async Task<(string Subscriber, string Outcome)?> Next(CancellationToken ct)
    {
        await using var work = await units.Begin(ct);
        var due = await work.Statement("""
            SELECT id, fact, subscriber, body::text, attempts FROM jobs.outbox
            WHERE given_up_at IS NULL AND due_at <= $1
            ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
            """, time.GetMicros())
            .Row(row => new Due(
                row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt32(4)), ct);
        if (due is null) return null;

        var transaction = (NpgsqlTransaction)work.Transaction;
        await transaction.SaveAsync("handling", ct);
        try
        {
            await Handle(due, work, ct);
            await work.Execute("DELETE FROM jobs.outbox WHERE id = $1", [due.Id], ct);
            await work.Commit(ct);
            return (due.Subscriber, "done");
        }
        // A subscriber may fail in any way; whatever it is, its writes go and the fact stays for a later attempt.
        // When the connection itself is gone, the roll-back fails too and the caller waits.
        catch (Exception fault) when (!ct.IsCancellationRequested)
        {
            await transaction.RollbackAsync("handling", ct);
            var givenUp = await Postpone(due, fault, work, ct);
            await work.Commit(ct);
            return (due.Subscriber, givenUp ? "dead" : "failed");
        }
    }

    private async Task Handle(Due due, UnitOfWork work, CancellationToken ct)
    {
        var subscription = subscriptions.Find(due.Subscriber)
            ?? throw new InvalidOperationException($"This process has no subscriber named {due.Subscriber}.");
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(options.Value.HandlingMaxMs), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        await subscription.Handle(services, due.Body, work, either.Token);
    }

    private async Task<bool> Postpone(Due due, Exception fault, UnitOfWork work, CancellationToken ct)
    {
        var attempts = due.Attempts + 1;
        var now = time.GetMicros();
        var givenUp = attempts >= options.Value.AttemptsMax;
        var wait = Math.Min(options.Value.BackoffMaxMs, options.Value.BackoffMs * Math.Pow(2, due.Attempts));
        var error = $"{fault.GetType().Name}: {fault.Message}";
        if (error.Length > ErrorLengthMax) error = error[..ErrorLengthMax];
        await work.Execute("""
            UPDATE jobs.outbox SET attempts = $2, due_at = $3, last_error = $4, given_up_at = $5::timestamptz WHERE id = $1
            """, [due.Id, attempts, now.AddMilliseconds(wait), error, givenUp ? now : null], ct);
        if (givenUp) LogGivenUp(fault, due.Fact, due.Subscriber, attempts);
        else LogPostponed(fault, due.Fact, due.Subscriber, attempts);
        return givenUp;
    }

    [LoggerMessage(2001, LogLevel.Warning, "{Subscriber} failed on {Fact}, attempt {Attempts}; it is tried again")]
    private partial void LogPostponed(Exception fault, string fact, string subscriber, int attempts);

    [LoggerMessage(2002, LogLevel.Error, "{Subscriber} failed on {Fact} {Attempts} times and is given up")]
    private partial void LogGivenUp(Exception fault, string fact, string subscriber, int attempts);

    private sealed record Due(long Id, string Fact, string Subscriber, string Body, int Attempts);
}
