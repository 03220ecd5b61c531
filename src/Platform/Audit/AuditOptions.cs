using System.ComponentModel.DataAnnotations;

namespace Sluice.Platform.Audit;

/// <summary>How the trail is proved. Section <c>Audit</c>.</summary>
public sealed class AuditOptions
{
    /// <summary>
    /// Between two signatures under the end of the chain, in seconds: what is younger can be altered unseen by whoever
    /// can write to the database. Default 60.
    /// </summary>
    [Range(1, 86_400)]
    public int CheckpointSeconds { get; set; } = 60;
}
