using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Kit;
using Sluice.Host.Portal.Organizations;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Notices;

namespace Sluice.Host.Portal.Webhooks;

/// <summary>Webhooks of an organization and what was sent to them.</summary>
internal static class WebhookRoutes
{
    public static void MapWebhookPages(this RouteGroupBuilder portal)
    {
        var webhooks = portal.MapGroup("/console/{org}/webhooks");
        webhooks.MapGet("", List).Requires(Permission.WebhooksRead);
        webhooks.MapFormPage<NewWebhook>("/new").Requires(Permission.WebhooksWrite);
        webhooks.MapGet("/{webhook}", ShowOne).Requires(Permission.WebhooksRead);
        webhooks.MapFormPage<EditWebhook>("/{webhook}/edit").Requires(Permission.WebhooksWrite);
        webhooks.MapFormPage<RotateWebhook>("/{webhook}/rotate").Requires(Permission.WebhooksWrite);
        webhooks.MapFormPage<DeleteWebhook>("/{webhook}/delete").Requires(Permission.WebhooksWrite);
        webhooks.MapForm("/{webhook}/test", Test).Requires(Permission.WebhooksWrite);
        webhooks.MapGet("/{webhook}/deliveries/{delivery}", (Delegate)ShowDelivery).Requires(Permission.WebhooksRead);
        webhooks.MapForm("/{webhook}/deliveries/{delivery}/redeliver", Redeliver).Requires(Permission.WebhooksWrite);
    }

    public static string Root(HttpContext http) => OrganizationRoutes.PathOf(http, "/webhooks");

    /// <summary>The webhook that the address names, if it is this organization's; null where there is none.</summary>
    public static async Task<Webhook?> Of(HttpContext http)
    {
        if (!WireId.TryParse<WebhookId>(http.Request.RouteValues["webhook"] as string, out var id)) return null;
        var found = await Door(http).Find(id, Platform.Http.ActorOf(http), http.RequestAborted);
        return found.Ok && found.Value.Organization == OrganizationRoutes.IdOf(http) ? found.Value : null;
    }

    public static IWebhooks Door(HttpContext http) => http.RequestServices.GetRequiredService<IWebhooks>();

    private static async Task<IResult> List(HttpContext http, IWebhooks webhooks, CancellationToken ct)
    {
        var all = await webhooks.List(OrganizationRoutes.IdOf(http), Platform.Http.ActorOf(http), ct);
        return all.Ok
            ? Pages.Show<WebhooksPage>((nameof(WebhooksPage.Root), Root(http)), (nameof(WebhooksPage.Webhooks), all.Value))
            : ErrorPages.Of(all.Refusal);
    }

    private static async Task<IResult> ShowOne(HttpContext http, IWebhooks webhooks, string? after, CancellationToken ct)
    {
        if (await Of(http) is not { } webhook) return Results.NotFound();
        var cursor = WireId.TryParse<DeliveryId>(after, out var id) ? id : (DeliveryId?)null;
        var rows = await webhooks.Deliveries(webhook.Id, cursor, Paged.Asked, Platform.Http.ActorOf(http), ct);
        if (!rows.Ok) return ErrorPages.Of(rows.Refusal);
        var shown = Paged.Shown(rows.Value);
        return Pages.Show<WebhookPage>(
            (nameof(WebhookPage.Root), Root(http)), (nameof(WebhookPage.Webhook), webhook),
            (nameof(WebhookPage.Deliveries), shown), (nameof(WebhookPage.FirstPage), cursor is null),
            (nameof(WebhookPage.Next), rows.Value.Count > shown.Count ? $"?after={shown[^1].Id}" : null));
    }

    private static async Task<IResult> Test(HttpContext http, FormState form) => await Of(http) is { } webhook
        ? AccountRoutes.Told(
            http, $"{Root(http)}/{webhook.Id}", "A test event is on its way.",
            await Door(http).Test(webhook.Id, Platform.Http.ActorOf(http), http.RequestAborted))
        : Results.NotFound();

    private static async Task<IResult> ShowDelivery(HttpContext http) =>
        await Of(http) is { } webhook && await DeliveryOf(http, webhook) is { } delivery
            ? Pages.Show<DeliveryPage>(
                (nameof(DeliveryPage.Root), Root(http)), (nameof(DeliveryPage.Webhook), webhook),
                (nameof(DeliveryPage.Details), delivery))
            : Results.NotFound();

    private static async Task<IResult> Redeliver(HttpContext http, FormState form)
    {
        if (await Of(http) is not { } webhook || await DeliveryOf(http, webhook) is not { } delivery) return Results.NotFound();
        var again = await Door(http).Redeliver(delivery.Delivery.Id, Platform.Http.ActorOf(http), http.RequestAborted);
        var root = $"{Root(http)}/{webhook.Id}";
        return again.Ok
            ? Pages.Done(http, $"{root}/deliveries/{again.Value.Id}", "The event is on its way again.")
            : Pages.Failed(http, $"{root}/deliveries/{delivery.Delivery.Id}", again.Refusal.Message);
    }

    private static async Task<DeliveryDetails?> DeliveryOf(HttpContext http, Webhook webhook)
    {
        if (!WireId.TryParse<DeliveryId>(http.Request.RouteValues["delivery"] as string, out var id)) return null;
        var found = await Door(http).Delivery(id, Platform.Http.ActorOf(http), http.RequestAborted);
        return found.Ok && found.Value.Delivery.Webhook == webhook.Id ? found.Value : null;
    }
}
