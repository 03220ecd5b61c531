using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Api;
using Sluice.Platform.Audit;
using Sluice.Platform.Jobs;
using Sluice.Platform.Notices.Inside;
using Sluice.Platform.Notices.Inside.Alerts;
using Sluice.Platform.Notices.Inside.Inbox;
using Sluice.Platform.Notices.Inside.Mail;
using Sluice.Platform.Notices.Inside.Routes;
using Sluice.Platform.Notices.Inside.Webhooks;
using Sluice.Platform.Tenants;

namespace Sluice.Platform.Notices;

public static class NoticesModule
{
    private const string Unseen = "tenants.organization-unknown";
    private const string UserOnly = "notices.user-only";
    private const string WebhookUnknown = "notices.webhook-unknown";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hourly = TimeSpan.FromHours(1);
    private const int MailsAtOnce = 4;

    /// <summary>
    /// Registers the room; needs the database, Audit (registered before, so that changes on the trail become events), Jobs,
    /// Tenants and an <see cref="ISecretBox"/>. With <paramref name="deliver"/> this process also sends and evaluates (the
    /// role worker); several may at once. The host registers an <see cref="IUsageFacts"/>.
    /// </summary>
    public static IServiceCollection AddNotices(this IServiceCollection services, bool deliver)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<NoticeWrites>();
        services.AddMail();
        services.AddWebhooks();
        services.TryAddSingleton<IAudience, MemberAudience>();
        services.TryAddSingleton<NoticeBook>();
        services.TryAddSingleton<IInbox>(p => p.GetRequiredService<NoticeBook>());
        services.AddOptions<AlertsOptions>().BindConfiguration("Alerts").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<AlertBook>();
        services.TryAddSingleton<Evaluation>();
        services.TryAddSingleton<IAlerts, AlertRoom>();
        services.AddSubscriber<Told, TellPeople>("notices.told");
        services.AddSubscriber<OrganizationEvent, SpreadEvents>("notices.events");
        services.AddSubscriber<MailWanted, MailWantedSubscriber>("notices.mail");
        services.AddSubscriber<OrganizationDeleted, NoticeErasure>("notices.organization-deleted");
        services.AddSubscriber<UserDeleted, NoticeErasure>("notices.user-deleted");
        services.AddSingleton<IExportSource, NoticeExports>();
        Tap(services);
        if (deliver) services.AddDueWork();
        return services;
    }

    /// <summary>Maps the routes of the room under the host's prefix.</summary>
    public static RouteGroupBuilder MapNotices(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("").WithTags("Notices");
        group.MapGet("/mail", MailRoutes.List).Requires(Permission.MailOpen)
            .Does("List the last 200 mails; with their text where they are kept").AnswersAll<Notices.Mail>();
        group.MapPost("/mail/test", MailRoutes.Test).Requires(Permission.SettingsWrite)
            .Does("Queue a mail that says that mail works", "notices.mail-closed", "notices.address-invalid")
            .Takes<TestMailBody>().Answers<Notices.Mail>(202);
        group.MapGet("/notices", NoticeRoutes.List).Requires(Permission.SelfRead)
            .Does("List one's own notices, newest first", UserOnly)
            .Query("unread", "true: only those that were not read.").Lists<Notice>(NoticeBook.PageMax);
        group.MapPost("/notices/read-all", NoticeRoutes.ReadAll).Requires(Permission.SelfWrite)
            .Does("Mark all of one's own notices as read", UserOnly).Answers<ReadNotices>();
        group.MapPost("/notices/{notice}/read", NoticeRoutes.Read).Requires(Permission.SelfWrite)
            .Does("Mark a notice as read", UserOnly, "notices.notice-unknown").AnswersNothing();
        MapWebhooks(api.MapGroup("").WithTags("Notices"));
        MapDeliveries(api.MapGroup("").WithTags("Notices"));
        MapAlerts(api.MapGroup("").WithTags("Notices"));
        return api;
    }

    private static void MapWebhooks(RouteGroupBuilder group)
    {
        group.MapGet("/webhook-types", WebhookRoutes.Types).Requires(Permission.WebhooksRead)
            .Does("List the types of events").AnswersAll<string>();
        group.MapGet("/organizations/{org}/webhooks", WebhookRoutes.List).Requires(Permission.WebhooksRead)
            .Does("List the webhooks of an organization", Unseen).AnswersAll<Webhook>();
        group.MapPost("/organizations/{org}/webhooks", WebhookRoutes.Post).Requires(Permission.WebhooksWrite, fresh: true)
            .Idempotent()
            .Does(
                "Create a webhook; its secret is in this answer and nowhere else", Unseen, "notices.webhook-invalid",
                "notices.webhooks-max")
            .Takes<NewWebhookBody>().Answers<IssuedWebhook>(201).Versioned();
        group.MapGet("/webhooks/{webhook}", WebhookRoutes.Get).Requires(Permission.WebhooksRead)
            .Does("Show a webhook", WebhookUnknown).Answers<Webhook>().Versioned();
        group.MapPut("/webhooks/{webhook}", WebhookRoutes.Put).Requires(Permission.WebhooksWrite)
            .Does("Replace a webhook, switch it off or on", WebhookUnknown, "notices.webhook-invalid")
            .Takes<WebhookBody>().Answers<Webhook>().Versioned();
        group.MapDelete("/webhooks/{webhook}", WebhookRoutes.Delete).Requires(Permission.WebhooksWrite)
            .Does("Remove a webhook with its log", WebhookUnknown).AnswersNothing();
        group.MapPost("/webhooks/{webhook}/rotate", WebhookRoutes.Rotate).Requires(Permission.WebhooksWrite, fresh: true)
            .Idempotent()
            .Does(
                "Add a secret; the older ones sign too for the overlap", WebhookUnknown, "notices.overlap-invalid",
                "notices.secrets-max")
            .Takes<SecretRotationBody>(optional: true).Answers<IssuedWebhook>(201).Versioned();
        group.MapPost("/webhooks/{webhook}/test", WebhookRoutes.Test).Requires(Permission.WebhooksWrite)
            .Does("Send the event webhook.test", WebhookUnknown, "notices.webhook-off", "notices.asked-too-often")
            .Answers<Delivery>(202);
    }

    private static void MapDeliveries(RouteGroupBuilder group)
    {
        const string unknown = "notices.delivery-unknown";
        group.MapGet("/webhooks/{webhook}/deliveries", WebhookRoutes.Deliveries).Requires(Permission.WebhooksRead)
            .Does("List what was sent, newest first", WebhookUnknown).Lists<Delivery>(WebhookRoom.PageMax);
        group.MapGet("/deliveries/{delivery}", WebhookRoutes.Delivery).Requires(Permission.WebhooksRead)
            .Does("Show a delivery with its body and every attempt", unknown).Answers<DeliveryDetails>();
        group.MapPost("/deliveries/{delivery}/redeliver", WebhookRoutes.Redeliver).Requires(Permission.WebhooksWrite)
            .Does(
                "Send an event again, as a delivery of its own", unknown, "notices.webhook-off", "notices.asked-too-often")
            .Answers<Delivery>(202);
    }

    private static void MapAlerts(RouteGroupBuilder group)
    {
        const string unknown = "notices.alert-unknown";
        group.MapGet("/organizations/{org}/alerts", AlertRoutes.List).Requires(Permission.AlertsRead)
            .Does("List the alert rules of an organization", Unseen).AnswersAll<AlertBody>();
        group.MapPost("/organizations/{org}/alerts", AlertRoutes.Post).Requires(Permission.AlertsWrite).Idempotent()
            .Does("Create an alert rule", Unseen, "notices.alert-invalid", "notices.alerts-max")
            .Takes<NewAlertBody>().Answers<AlertBody>(201).Versioned();
        group.MapGet("/alerts/{alert}", AlertRoutes.Get).Requires(Permission.AlertsRead)
            .Does("Show an alert rule", unknown).Answers<AlertBody>().Versioned();
        group.MapPut("/alerts/{alert}", AlertRoutes.Put).Requires(Permission.AlertsWrite)
            .Does("Replace an alert rule; what it told of before does not hold it back", unknown, "notices.alert-invalid")
            .Takes<NewAlertBody>().Answers<AlertBody>().Versioned();
        group.MapDelete("/alerts/{alert}", AlertRoutes.Delete).Requires(Permission.AlertsWrite)
            .Does("Remove an alert rule", unknown).AnswersNothing();
    }

    private static void AddMail(this IServiceCollection services)
    {
        services.AddOptions<MailOptions>().BindConfiguration("Mail").ValidateDataAnnotations()
            .Validate(
                o => o.Host.Length == 0 || Mailbox.Parse(o.From, named: true) is not null,
                "Mail:From must be an address when Mail:Host is set: 'Acme <noreply@acme.example>'.")
            .Validate(o => o.User.Length == 0 || o.Password.Length > 0, "Mail:User needs Mail:Password.")
            .ValidateOnStart();
        services.TryAddSingleton<IMailer, SmtpMailer>();
        services.TryAddSingleton<MailGate>();
        services.TryAddSingleton<MailBook>();
        services.TryAddSingleton<MailSender>();
        services.TryAddSingleton<IMail, MailRoom>();
    }

    private static void AddWebhooks(this IServiceCollection services)
    {
        services.AddOptions<WebhooksOptions>().BindConfiguration("Webhooks").ValidateDataAnnotations()
            .Validate(
                o => o.AllowedNetworks.All(net => IPNetwork.TryParse(net, out _)),
                "Webhooks:AllowedNetworks must be networks such as 10.1.0.0/16.")
            .ValidateOnStart();
        services.TryAddSingleton(p =>
        {
            var options = p.GetRequiredService<IOptions<WebhooksOptions>>().Value;
            return new OutboundGuard(
                [.. options.AllowedNetworks.Select(net => IPNetwork.Parse(net))], options.PlainLoopback,
                TimeSpan.FromMilliseconds(options.TimeoutMs));
        });
        services.TryAddSingleton<WebhookBook>();
        services.TryAddSingleton<DeliveryBook>();
        services.TryAddSingleton<AskedLimit>();
        services.TryAddSingleton<Aftermath>();
        services.TryAddSingleton<WebhookSender>();
        services.TryAddSingleton<IWebhooks, WebhookRoom>();
    }

    private static void AddDueWork(this IServiceCollection services)
    {
        services.AddSingleton(p => new DueSource("mail", MailsAtOnce, Soon, p.GetRequiredService<MailSender>().Take));
        services.AddSingleton(p => new DueSource(
            "webhooks", p.GetRequiredService<IOptions<WebhooksOptions>>().Value.Parallel, Soon,
            p.GetRequiredService<WebhookSender>().Take));
        services.AddSingleton(p => Again(
            "alerts", TimeSpan.FromMilliseconds(p.GetRequiredService<IOptions<AlertsOptions>>().Value.IntervalMs),
            p.GetRequiredService<Evaluation>().Run));
        services.AddSingleton(p => Again("forgetting", Hourly, async ct =>
        {
            await p.GetRequiredService<MailBook>().Forget(ct);
            await p.GetRequiredService<DeliveryBook>().Forget(
                p.GetRequiredService<IOptions<WebhooksOptions>>().Value.KeepDays, ct);
            await p.GetRequiredService<AskedLimit>().Forget(ct);
            await p.GetRequiredService<NoticeBook>().Forget(ct);
            await p.GetRequiredService<AlertBook>().Forget(ct);
        }));
        services.AddSingleton<IHostedService, DueWork>();
    }

    // Nothing to claim: it is done at every look.
    private static DueSource Again(string name, TimeSpan pause, Func<CancellationToken, Task> work) => new(
        name, 1, pause, async ct =>
        {
            await work(ct);
            return null;
        });

    private static void Tap(IServiceCollection services)
    {
        var found = services.LastOrDefault(one => one.ServiceType == typeof(IAudit));
        if (found?.ImplementationType is not { } trail) return;
        services.Remove(found);
        services.AddSingleton<IAudit>(p => new ChangeTap(
            (IAudit)ActivatorUtilities.CreateInstance(p, trail), p.GetRequiredService<IOutbox>(),
            p.GetRequiredService<NoticeBook>(), p.GetRequiredService<TimeProvider>()));
    }
}
