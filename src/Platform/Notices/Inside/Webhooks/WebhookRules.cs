using Sluice.Kernel;

namespace Sluice.Platform.Notices.Inside.Webhooks;

/// <summary>Checks what a webhook is to be: all faults at once.</summary>
internal static class WebhookRules
{
    public const int DescriptionMax = 200;

    public static Result<WebhookRequest> Check(WebhookRequest request, OutboundGuard guard)
    {
        var faults = new Faults();
        var url = request.Url.Trim();
        if (guard.Fault(url) is { } wrong) faults.Add("url", wrong);
        if (request.Types.Count == 0) faults.Add("types", $"is empty. Name at least one, or {EventTypes.Any} for all.");
        foreach (var type in request.Types.Except([EventTypes.Any, .. EventTypes.All], StringComparer.Ordinal))
        {
            faults.Add(
                "types",
                $"{Faults.Quote(type)} is unknown. Use {EventTypes.Any} or some of {string.Join(", ", EventTypes.All)}.");
        }
        var description = request.Description.Trim();
        if (description.Length > DescriptionMax)
            faults.Add("description", $"has {description.Length} characters, at most {DescriptionMax} are allowed.");
        else if (Names.Hidden(description) is { } hidden) faults.Add("description", hidden);
        if (!faults.None)
            return Refusal.Invalid("notices.webhook-invalid", "The webhook cannot be as it was asked for.", faults.Listed());
        string[] types = request.Types.Contains(EventTypes.Any, StringComparer.Ordinal)
            ? [EventTypes.Any]
            : [.. request.Types.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new WebhookRequest(url, types, description);
    }
}
