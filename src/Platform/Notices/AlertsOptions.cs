using System.ComponentModel.DataAnnotations;

namespace Sluice.Platform.Notices;

/// <summary>How alert rules are evaluated. Section <c>Alerts</c>.</summary>
public sealed class AlertsOptions
{
    /// <summary>Time between two evaluations, in milliseconds. Default 60,000.</summary>
    [Range(1000, 3_600_000)]
    public int IntervalMs { get; set; } = 60_000;

    /// <summary>Alert rules of one organization. Default 50.</summary>
    [Range(1, 1000)]
    public int RulesMax { get; set; } = 50;
}
