using System.ComponentModel;

namespace Sluice.Platform.Notices.Inside.Routes;

// Bodies as they are described; they are read field by field.

internal sealed record TestMailBody([property: Description("An address.")] string To);

internal sealed record NewWebhookBody(
    [property: Description("https, of the public net.")] string Url,
    [property: Description("Types of events; * for all, also those to come.")] IReadOnlyList<string> Types,
    [property: Description("For people, at most 200 characters.")] string Description = "");

internal sealed record WebhookBody(
    [property: Description("https, of the public net.")] string Url,
    [property: Description("Types of events; * for all, also those to come.")] IReadOnlyList<string> Types,
    [property: Description("For people, at most 200 characters.")] string Description = "",
    [property: Description("Whether events are sent.")] bool Enabled = true);

internal sealed record SecretRotationBody(
    [property: Description("How long the older secrets sign too: 0 to 2,592,000 seconds (30 days).")]
    long OverlapSeconds = 86_400);

/// <param name="Read">How many were not read before.</param>
internal sealed record ReadNotices(int Read);
