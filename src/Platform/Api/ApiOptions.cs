using System.ComponentModel.DataAnnotations;

namespace Sluice.Platform.Api;

/// <summary>What all routes of the API share. Section <c>Api</c>.</summary>
public sealed class ApiOptions
{
    /// <summary>How long the first answer to an <c>Idempotency-Key</c> is kept, in hours. Default 24.</summary>
    [Range(1, 720)]
    public int IdempotencyHours { get; set; } = 24;

    /// <summary>
    /// Creations under an <c>Idempotency-Key</c> at once in this process; each holds a connection to the database while
    /// it runs, so this stays well below the pool. Default 16.
    /// </summary>
    [Range(1, 1000)]
    public int IdempotentAtOnce { get; set; } = 16;

    /// <summary>
    /// Requests a second of a person, of its programs, of a token, or of an unknown client of the API, in this process. Default
    /// 50.
    /// </summary>
    [Range(1, 1_000_000)]
    public int CallsPerSecond { get; set; } = 50;

    /// <summary>How many of those may come at once after a pause. Default 500.</summary>
    [Range(1, 1_000_000)]
    public int CallsBurst { get; set; } = 500;
}
