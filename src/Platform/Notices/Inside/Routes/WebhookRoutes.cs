using Microsoft.AspNetCore.Http;
using Sluice.Kernel;
using Sluice.Platform.Notices.Inside.Webhooks;

namespace Sluice.Platform.Notices.Inside.Routes;

/// <summary>The routes of webhooks and their deliveries.</summary>
internal static class WebhookRoutes
{
    private const int TypesMax = 100;
    private const int UrlMax = 2000;
    private const int OverlapDefaultSeconds = 86_400;

    /// <summary><c>GET /webhook-types</c></summary>
    public static IResult Types() => Http.All(EventTypes.All);

    /// <summary><c>GET /organizations/{org}/webhooks</c></summary>
    public static async Task<IResult> List(HttpContext http, string org, IWebhooks webhooks, CancellationToken ct) =>
        WireId.TryParse<OrganizationId>(org, out var organization)
            ? Http.Answer(await webhooks.List(organization, Http.ActorOf(http), ct), Http.All)
            : Http.Problem(Refusals.NoOrganization(org));

    /// <summary><c>POST /organizations/{org}/webhooks</c> {url, types, description?}: answers {webhook, secret}.</summary>
    public static async Task<IResult> Post(HttpContext http, string org, IWebhooks webhooks, CancellationToken ct)
    {
        if (!WireId.TryParse<OrganizationId>(org, out var organization)) return Http.Problem(Refusals.NoOrganization(org));
        var request = await Bodies.Read(http, Request, ct);
        if (!request.Ok) return Http.Problem(request.Refusal);
        return Http.Answer(
            await webhooks.Create(organization, request.Value, Http.ActorOf(http), Http.WorkOf(http), ct),
            issued => Created(http, issued));
    }

    /// <summary><c>GET /webhooks/{webhook}</c></summary>
    public static async Task<IResult> Get(HttpContext http, string webhook, IWebhooks webhooks, CancellationToken ct) =>
        WireId.TryParse<WebhookId>(webhook, out var id)
            ? Http.Answer(await webhooks.Find(id, Http.ActorOf(http), ct), found => Versions.Json(http, found, found.Version))
            : Http.Problem(NoticeRefusals.NoWebhook(webhook));

    /// <summary><c>PUT /webhooks/{webhook}</c> {url, types, description?, enabled?}: the whole of it, replaced.</summary>
    public static async Task<IResult> Put(HttpContext http, string webhook, IWebhooks webhooks, CancellationToken ct)
    {
        if (!WireId.TryParse<WebhookId>(webhook, out var id)) return Http.Problem(NoticeRefusals.NoWebhook(webhook));
        var request = await Bodies.Read(http, at => (Request: Request(at), Enabled: at.Flag("enabled", true)), ct);
        if (!request.Ok) return Http.Problem(request.Refusal);
        var version = Versions.Expected(http);
        if (!version.Ok) return Http.Problem(version.Refusal);
        var (wanted, enabled) = request.Value;
        return Http.Answer(
            await webhooks.Change(id, wanted, enabled, Http.ActorOf(http), version.Value, ct),
            changed => Versions.Json(http, changed, changed.Version));
    }

    /// <summary><c>DELETE /webhooks/{webhook}</c></summary>
    public static async Task<IResult> Delete(HttpContext http, string webhook, IWebhooks webhooks, CancellationToken ct) =>
        WireId.TryParse<WebhookId>(webhook, out var id)
            ? Http.Answer(await webhooks.Delete(id, Http.ActorOf(http), ct), _ => Results.NoContent())
            : Http.Problem(NoticeRefusals.NoWebhook(webhook));

    /// <summary><c>POST /webhooks/{webhook}/rotate</c> {overlapSeconds?}: answers {webhook, secret}.</summary>
    public static async Task<IResult> Rotate(HttpContext http, string webhook, IWebhooks webhooks, CancellationToken ct)
    {
        if (!WireId.TryParse<WebhookId>(webhook, out var id)) return Http.Problem(NoticeRefusals.NoWebhook(webhook));
        long seconds = OverlapDefaultSeconds;
        if (http.Request.HasJsonContentType() || await Bodies.IsThere(http, ct))
        {
            var body = await Bodies.Read(
                http, at => at.Whole("overlapSeconds", int.MinValue, int.MaxValue, OverlapDefaultSeconds), ct);
            if (!body.Ok) return Http.Problem(body.Refusal);
            seconds = body.Value;
        }
        return Http.Answer(
            await webhooks.Rotate(id, TimeSpan.FromSeconds(seconds), Http.ActorOf(http), Http.WorkOf(http), ct),
            issued => Created(http, issued));
    }

    /// <summary><c>POST /webhooks/{webhook}/test</c></summary>
    public static async Task<IResult> Test(HttpContext http, string webhook, IWebhooks webhooks, CancellationToken ct) =>
        WireId.TryParse<WebhookId>(webhook, out var id)
            ? Http.Answer(await webhooks.Test(id, Http.ActorOf(http), ct), Accepted)
            : Http.Problem(NoticeRefusals.NoWebhook(webhook));

    /// <summary><c>GET /webhooks/{webhook}/deliveries?after=&amp;limit=</c></summary>
    public static async Task<IResult> Deliveries(HttpContext http, string webhook, IWebhooks webhooks, CancellationToken ct)
    {
        if (!WireId.TryParse<WebhookId>(webhook, out var id)) return Http.Problem(NoticeRefusals.NoWebhook(webhook));
        var query = new QueryText(http.Request.Query);
        var cursor = query.Id<DeliveryId>("after");
        var size = query.Limit(WebhookRoom.PageMax);
        if (query.Refusal() is { } refusal) return Http.Problem(refusal);
        return Http.Answer(
            await webhooks.Deliveries(id, cursor, size + 1, Http.ActorOf(http), ct),
            rows => Http.Page(rows, size, row => row.Id.ToString()));
    }

    /// <summary><c>GET /deliveries/{delivery}</c></summary>
    public static async Task<IResult> Delivery(HttpContext http, string delivery, IWebhooks webhooks, CancellationToken ct) =>
        WireId.TryParse<DeliveryId>(delivery, out var id)
            ? Http.Answer(await webhooks.Delivery(id, Http.ActorOf(http), ct))
            : Http.Problem(NoticeRefusals.NoDelivery(delivery));

    /// <summary><c>POST /deliveries/{delivery}/redeliver</c></summary>
    public static async Task<IResult> Redeliver(HttpContext http, string delivery, IWebhooks webhooks, CancellationToken ct) =>
        WireId.TryParse<DeliveryId>(delivery, out var id)
            ? Http.Answer(await webhooks.Redeliver(id, Http.ActorOf(http), ct), Accepted)
            : Http.Problem(NoticeRefusals.NoDelivery(delivery));

    private static WebhookRequest Request(ObjectAt at)
    {
        if (at.Find("types") is null) at.Faults.Add(at.At("types"), "is missing. Add it: a list of types of events, or [\"*\"].");
        return new WebhookRequest(
            at.Text("url", UrlMax, required: true) ?? "", at.Texts("types", TypesMax),
            at.Text("description", WebhookRules.DescriptionMax) ?? "");
    }

    private static IResult Created(HttpContext http, IssuedWebhook issued) =>
        Versions.Json(http, issued, issued.Webhook.Version, StatusCodes.Status201Created);

    private static IResult Accepted(Delivery delivery) =>
        Results.Json(delivery, Http.Json, statusCode: StatusCodes.Status202Accepted);
}
