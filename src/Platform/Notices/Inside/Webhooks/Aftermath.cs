using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Platform.Notices.Inside.Mail;
using Sluice.Platform.Tenants;

namespace Sluice.Platform.Notices.Inside.Webhooks;

/// <summary>What follows from an attempt: the next one, the end, or the end of the webhook.</summary>
internal sealed class Aftermath(
    DeliveryBook deliveries, IUnitsOfWork units, IOutbox outbox, ITenants tenants, IOptions<WebhooksOptions> options,
    TimeProvider time)
{
    private const int Gone = 410;

    // As Standard Webhooks advises: about three days in all.
    private static readonly TimeSpan[] Waits =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    public DateTimeOffset Now => time.GetMicros();

    public async Task Settle(DeliveryBook.Claimed claimed, DeliveryTry made, TimeSpan? asked, CancellationToken ct)
    {
        var organization = made.Error is null ? null : await tenants.FindOrganization(claimed.Organization, ct);
        await using var work = await units.Begin(ct);
        var failed = made.Error is not null;
        var last = failed && claimed.Attempt > Waits.Length;
        var state = !failed ? DeliveryState.Delivered : last ? DeliveryState.Failed : DeliveryState.Waiting;
        DateTimeOffset? next = state == DeliveryState.Waiting ? Now + Wait(claimed.Attempt, asked) : null;
        // The webhook's row first, the delivery's after: who deletes or changes a webhook takes them in this order.
        var since = await deliveries.Note(claimed.Webhook, failed, work, ct);
        if (!await deliveries.Settle(claimed, made, state, next, work, ct)) return;
        if (failed && WhyEnd(made, since) is { } why && await deliveries.Disable(claimed.Webhook, why, work, ct))
            await outbox.Record(Fact(claimed, organization?.Name ?? "", why), work, ct);
        await work.Commit(ct);
    }

    // A tenth more or less, so that what failed together does not come back together.
    private static TimeSpan Wait(int attempt, TimeSpan? asked)
    {
        var wait = Waits[attempt - 1] * (0.9 + RandomNumberGenerator.GetInt32(0, 201) / 1000.0);
        return asked > wait ? asked.Value : wait;
    }

    private string? WhyEnd(DeliveryTry made, DateTimeOffset? since)
    {
        if (made.Status == Gone) return "the receiver answered 410: it is gone.";
        var days = options.Value.DisableDays;
        return since is { } first && Now - first >= TimeSpan.FromDays(days)
            ? string.Create(CultureInfo.InvariantCulture, $"no delivery arrived for {days} days.")
            : null;
    }

    private static Told Fact(DeliveryBook.Claimed claimed, string organization, string why) => new(
        claimed.Organization, Permission.WebhooksWrite, "webhook.disabled", "A webhook was switched off", $"{claimed.Url}: {why}",
        $"/console/{claimed.Organization}/webhooks", [AlertChannel.Inbox, AlertChannel.Mail], Letters.WebhookDisabled,
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["url"] = claimed.Url,
            ["why"] = why,
            ["organization"] = organization,
        }, null);
}
