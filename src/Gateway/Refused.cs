namespace Sluice.Gateway;

/// <summary>
/// Why something was refused: the error, what was special about this case, and for limits what to wait for.
/// </summary>
internal readonly record struct Refused(GatewayError Error, string? Detail = null, LimitHit? Limit = null)
{
    public bool Yes => Error is not null;

    public string Message => Detail is null ? Error.Message : $"{Error.Message} {Detail}";
}

/// <summary>The limit that was hit, for <c>Retry-After</c>, <c>RateLimit</c> and <c>RateLimit-Policy</c>.</summary>
/// <param name="Policy">Its name: <c>plan-requests</c>, <c>key-daily-units</c> …</param>
/// <param name="Quota">What it allows in its window.</param>
/// <param name="WindowSeconds">Length of the window.</param>
/// <param name="Remaining">What is left of it.</param>
/// <param name="RetryAfterSeconds">When to try again; at least 1.</param>
internal sealed record LimitHit(string Policy, long Quota, long WindowSeconds, long Remaining, long RetryAfterSeconds);
