using Sluice.Kernel;

namespace Sluice.Platform.Notices.Inside;

internal static class NoticeRefusals
{
    public static readonly Refusal Overlap =
        Refusal.Invalid("notices.overlap-invalid", "The overlap is between 0 and 2,592,000 seconds (30 days).");

    public static readonly Refusal SecretsMax = Refusal.Conflict(
        "notices.secrets-max", "Five secrets sign already: wait until one ends, or rotate with an overlap of 0.");

    public static readonly Refusal Off = Refusal.Conflict(
        "notices.webhook-off", "The webhook is switched off: switch it on first.");

    public static readonly Refusal NoUser = new(
        "notices.user-only", "Notices belong to a person: sign in, or use a personal access token.", 403);

    public static Refusal NoWebhook(string id) =>
        Refusal.NotFound("notices.webhook-unknown", $"There is no webhook {Faults.Quote(id)}.");

    public static Refusal NoDelivery(string id) =>
        Refusal.NotFound("notices.delivery-unknown", $"There is no delivery {Faults.Quote(id)}, or it is not kept any more.");

    public static Refusal NoNotice(string id) =>
        Refusal.NotFound("notices.notice-unknown", $"There is no notice {Faults.Quote(id)}.");

    public static Refusal NoAlert(string id) =>
        Refusal.NotFound("notices.alert-unknown", $"There is no alert rule {Faults.Quote(id)}.");

    public static Refusal WebhooksMax(int most) => Refusal.Conflict(
        "notices.webhooks-max", $"The organization has {most} webhooks already: delete one that is not used.");

    public static Refusal AskedTooOften(int most, TimeSpan wait)
    {
        var seconds = Math.Max(1, Math.Ceiling(wait.TotalSeconds));
        var told = $"An organization asks for {most} test events and repeated deliveries a minute: ask again in {seconds:0} s.";
        return new("notices.asked-too-often", told, 429) { RetryAfter = wait };
    }

    public static Refusal AlertsMax(int most) => Refusal.Conflict(
        "notices.alerts-max", $"The organization has {most} alert rules already: delete one that is not used.");
}
