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
        Tap(services);
        if (deliver) services.AddDueWork();
        return services;
    }

    /// <summary>Maps the routes of the room under the host's prefix.</summary>
    public static RouteGroupBuilder MapNotices(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("").WithTags("Notices");
        group.MapGet("/mail", MailRoutes.List).Requires(Permission.MailOpen);
        group.MapPost("/mail/test", MailRoutes.Test).Requires(Permission.SettingsWrite);
        group.MapGet("/webhook-types", WebhookRoutes.Types).Requires(Permission.WebhooksRead);
        group.MapGet("/organizations/{org}/webhooks", WebhookRoutes.List).Requires(Permission.WebhooksRead);
        group.MapPost("/organizations/{org}/webhooks", WebhookRoutes.Post).Requires(Permission.WebhooksWrite, fresh: true)
            .Idempotent();
        group.MapGet("/webhooks/{webhook}", WebhookRoutes.Get).Requires(Permission.WebhooksRead);
        group.MapPut("/webhooks/{webhook}", WebhookRoutes.Put).Requires(Permission.WebhooksWrite);
        group.MapDelete("/webhooks/{webhook}", WebhookRoutes.Delete).Requires(Permission.WebhooksWrite);
        group.MapPost("/webhooks/{webhook}/rotate", WebhookRoutes.Rotate).Requires(Permission.WebhooksWrite, fresh: true)
            .Idempotent();
        group.MapPost("/webhooks/{webhook}/test", WebhookRoutes.Test).Requires(Permission.WebhooksWrite);
        group.MapGet("/webhooks/{webhook}/deliveries", WebhookRoutes.Deliveries).Requires(Permission.WebhooksRead);
        group.MapGet("/deliveries/{delivery}", WebhookRoutes.Delivery).Requires(Permission.WebhooksRead);
        group.MapPost("/deliveries/{delivery}/redeliver", WebhookRoutes.Redeliver).Requires(Permission.WebhooksWrite);
        group.MapGet("/notices", NoticeRoutes.List).Requires(Permission.SelfRead);
        group.MapPost("/notices/read-all", NoticeRoutes.ReadAll).Requires(Permission.SelfWrite);
        group.MapPost("/notices/{notice}/read", NoticeRoutes.Read).Requires(Permission.SelfWrite);
        group.MapGet("/organizations/{org}/alerts", AlertRoutes.List).Requires(Permission.AlertsRead);
        group.MapPost("/organizations/{org}/alerts", AlertRoutes.Post).Requires(Permission.AlertsWrite).Idempotent();
        group.MapDelete("/alerts/{alert}", AlertRoutes.Delete).Requires(Permission.AlertsWrite);
        return api;
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
