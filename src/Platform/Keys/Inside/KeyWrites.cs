using System.Data.Common;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sluice.Kernel;
using Sluice.Platform.Audit;

namespace Sluice.Platform.Keys.Inside;

/// <summary>
/// What all writing verbs share: the unit of work, the trail, and that this node has applied a change before the caller
/// hears of it.
/// </summary>
internal sealed partial class KeyWrites(
    IUnitsOfWork units, IAudit audit, KeyFeed feed, TimeProvider time, ILogger<KeyWrites> log)
{
    /// <summary>The number of a change: the lock on its row is the last that a transaction takes.</summary>
    public const string NextChange = "WITH next AS (UPDATE keys.feed SET number = number + 1 RETURNING number)";

    // A node that cannot apply in time does so by its poll; the caller must get the key that was made for it.
    private static readonly TimeSpan AppliedMax = TimeSpan.FromSeconds(2);

    public DateTimeOffset Now => time.GetMicros();

    public async Task<Result<T>> Run<T>(
        UnitOfWork? given, Func<UnitOfWork, Task<Result<T>>> verb, CancellationToken ct)
    {
        given?.OnCommitted(Apply);
        var result = await units.Write(given, verb, ct);
        if (given is null && result.Ok) await Apply();
        return result;
    }

    public Task Record(
        UnitOfWork work, Actor actor, string action, string subject, OrganizationId organization, object? before,
        object? after, CancellationToken ct) => audit.Record(
        new AuditEvent(actor, action, subject, organization, Text(before), Text(after)), work, ct);

    private static string? Text(object? value) => value is null ? null : JsonSerializer.Serialize(value, Http.Json);

    private async Task Apply()
    {
        if (feed.Applied is not { } applied) return;
        using var limit = new CancellationTokenSource(AppliedMax, time);
        try
        {
            await applied(limit.Token);
        }
        catch (Exception fault) when (fault is OperationCanceledException or DbException or TimeoutException or IOException)
        {
            LogNotApplied(fault);
        }
    }

    [LoggerMessage(5001, LogLevel.Warning, "A change of keys is committed but not applied here yet")]
    private partial void LogNotApplied(Exception fault);
}
