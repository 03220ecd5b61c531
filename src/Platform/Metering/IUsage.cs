using Sluice.Kernel;

namespace Sluice.Platform.Metering;

/// <summary>What was used, from the rollups, and single calls, from the request log.</summary>
public interface IUsage
{
    /// <summary>Sums over a span of time. The actor sees its own organization only, unless it is an operator.</summary>
    Task<Result<IReadOnlyList<UsageRow>>> Usage(UsageQuery query, Actor actor, CancellationToken ct = default);

    /// <summary>Single calls, newest first, at most <see cref="LogQuery.Limit"/>.</summary>
    Task<Result<IReadOnlyList<LogRow>>> Log(LogQuery query, Actor actor, CancellationToken ct = default);
}

public enum UsageBucket { Minute, Hour, Day, Total }

/// <param name="GroupBy">Any of app, key, service, method, status, cached.</param>
public sealed record UsageQuery(
    OrganizationId? Organization, DateTimeOffset From, DateTimeOffset To, UsageBucket Bucket,
    IReadOnlyList<string> GroupBy, AppId? App = null, KeyId? Key = null, string? Service = null, string? Method = null,
    int? StatusClass = null, bool? Cached = null, int Limit = 10_000);

/// <summary>One row; dimensions that were not grouped by are null.</summary>
public sealed record UsageRow(
    DateTimeOffset Start, OrganizationId? Organization, AppId? App, KeyId? Key, string? Service, string? Method,
    int? StatusClass, bool? Cached, long Calls, long Billed, long Units, long UpstreamCalls, long BytesUp, long BytesDown,
    long LatencyMicrosSum);

public sealed record LogQuery(
    OrganizationId? Organization, DateTimeOffset From, DateTimeOffset To, AppId? App = null, KeyId? Key = null,
    string? Service = null, string? Method = null, int? Status = null, Guid? RequestId = null, int Limit = 100);

/// <param name="RequestDigest">First 16 bytes of the SHA-256 of the request's body, in hexadecimal; null where not taken.</param>
/// <param name="AnswerDigest">The same of the answer's.</param>
public sealed record LogRow(
    DateTimeOffset At, string RequestId, OrganizationId? Organization, AppId? App, KeyId? Key, string Service, string Method,
    int BatchIndex, int Status, int RpcErrorCode, string Outcome, bool Billed, bool Cached, long Units, string Upstream,
    int UpstreamCalls, long BytesUp, long BytesDown, uint LatencyMicros, uint UpstreamLatencyMicros,
    string? RequestDigest = null, string? AnswerDigest = null);
