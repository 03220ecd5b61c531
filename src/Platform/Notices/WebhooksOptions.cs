using System.ComponentModel.DataAnnotations;

namespace Sluice.Platform.Notices;

/// <summary>How events are sent to webhooks. Section <c>Webhooks</c>.</summary>
public sealed class WebhooksOptions
{
    /// <summary>Networks that webhooks may reach besides the public net: <c>10.1.0.0/16</c>. Default none.</summary>
    public IReadOnlyList<string> AllowedNetworks { get; set; } = [];

    /// <summary>Whether <c>http</c> to this machine itself is allowed, for trying things out. Default false.</summary>
    public bool PlainLoopback { get; set; }

    /// <summary>Longest time for a delivery, from the name to the answer, in milliseconds. Default 15,000.</summary>
    [Range(100, 120_000)]
    public int TimeoutMs { get; set; } = 15_000;

    /// <summary>Deliveries that one process makes at a time. Default 16.</summary>
    [Range(1, 200)]
    public int Parallel { get; set; } = 16;

    /// <summary>Of those, to one webhook: a slow one holds up no other. Default 4.</summary>
    [Range(1, 200)]
    public int ParallelEach { get; set; } = 4;

    /// <summary>Of those, to all webhooks of one organization. Default 6.</summary>
    [Range(1, 200)]
    public int ParallelOrganization { get; set; } = 6;

    /// <summary>Days of failures alone after which a webhook is switched off. Default 5.</summary>
    [Range(1, 365)]
    public int DisableDays { get; set; } = 5;

    /// <summary>How long events and deliveries are kept, in days. Default 30.</summary>
    [Range(4, 3650)]
    public int KeepDays { get; set; } = 30;

    /// <summary>Webhooks of one organization. Default 20.</summary>
    [Range(1, 1000)]
    public int EndpointsMax { get; set; } = 20;

    /// <summary>Test events and repeated deliveries that an organization may ask for in a minute. Default 10.</summary>
    [Range(1, 10_000)]
    public int AskedPerMinute { get; set; } = 10;
}
