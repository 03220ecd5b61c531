using System.Globalization;
using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Kit;
using Sluice.Kernel;
using Sluice.Platform.Notices;

namespace Sluice.Host.Portal.Webhooks;

/// <summary><c>/console/{org}/webhooks/new</c></summary>
internal sealed class NewWebhook : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Show<NewWebhookPage>(
        form, (nameof(NewWebhookPage.Root), WebhookRoutes.Root(http))));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (Read(form) is not { } request) return await Show(http, form);
        var made = await WebhookRoutes.Door(http).Create(
            Organizations.OrganizationRoutes.IdOf(http), request, Platform.Http.ActorOf(http), ct: http.RequestAborted);
        return made.Ok
            ? Secret(made.Value, WebhookRoutes.Root(http), "It is on. Send it a test event to see it arrive.")
            : await Show(http, form.Wrong(made.Refusal));
    }

    /// <summary>The form's fields; null where something is missing, which the form then says.</summary>
    public static WebhookRequest? Read(FormState form)
    {
        // Nothing ticked is not sent at all.
        if (!form.Has("types")) form.With("types", "");
        IReadOnlyList<string> types = form["reach"] switch
        {
            "all" => [EventTypes.Any],
            "chosen" => form.Several("types"),
            _ => [],
        };
        if (form["reach"] is not ("all" or "chosen")) form.Wrong("reach", "Choose one of the two.");
        else if (types.Count == 0) form.Wrong("types", "Tick at least one event.");
        if (form.Trimmed("url").Length == 0) form.Wrong("url", "Say where the events go.");
        return form.IsWrong ? null : new WebhookRequest(form.Trimmed("url"), types, form.Trimmed("description"));
    }

    public static IResult Secret(IssuedWebhook issued, string root, string lead) => Pages.Show<SecretPage>(
        (nameof(SecretPage.Title), "Signing secret"), (nameof(SecretPage.Lead), lead),
        (nameof(SecretPage.Label), "Secret"), (nameof(SecretPage.Secret), issued.Secret),
        (nameof(SecretPage.Help), "Shown this once. The receiver proves with it that an event is ours: /docs/webhooks says how."),
        (nameof(SecretPage.AboveLabel), "Webhooks"), (nameof(SecretPage.Back), $"{root}/{issued.Webhook.Id}"));
}

/// <summary><c>/console/{org}/webhooks/{webhook}/edit</c></summary>
internal sealed class EditWebhook : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await WebhookRoutes.Of(http) is { } webhook
        ? Pages.Show<EditWebhookPage>(
            form, (nameof(EditWebhookPage.Root), WebhookRoutes.Root(http)), (nameof(EditWebhookPage.Webhook), webhook))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (await WebhookRoutes.Of(http) is not { } webhook) return Results.NotFound();
        if (NewWebhook.Read(form) is not { } request) return await Show(http, form);
        // Without a version, what somebody else saved meanwhile would be lost unseen.
        if (!long.TryParse(form["version"], NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            return await Show(http, form.Wrong("This page is incomplete. Load it again."));
        var changed = await WebhookRoutes.Door(http).Change(
            webhook.Id, request, form.On("enabled"), Platform.Http.ActorOf(http), version, http.RequestAborted);
        var here = $"{WebhookRoutes.Root(http)}/{webhook.Id}";
        return changed.Ok ? Pages.Done(http, here, "The webhook is saved.") : await Show(http, form.Wrong(changed.Refusal));
    }
}

/// <summary><c>/console/{org}/webhooks/{webhook}/rotate</c></summary>
internal sealed class RotateWebhook : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await WebhookRoutes.Of(http) is { } webhook
        ? Pages.Show<RotateWebhookPage>(
            form, (nameof(RotateWebhookPage.Root), WebhookRoutes.Root(http)), (nameof(RotateWebhookPage.Webhook), webhook))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (await WebhookRoutes.Of(http) is not { } webhook) return Results.NotFound();
        TimeSpan? overlap = form["overlap"] switch
        {
            "0" => TimeSpan.Zero,
            "1" => TimeSpan.FromHours(1),
            "24" => TimeSpan.FromDays(1),
            "168" => TimeSpan.FromDays(7),
            _ => null,
        };
        if (overlap is not { } span) return await Show(http, form.Wrong("overlap", "Choose one of the times."));
        var rotated = await WebhookRoutes.Door(http).Rotate(
            webhook.Id, span, Platform.Http.ActorOf(http), ct: http.RequestAborted);
        return rotated.Ok
            ? NewWebhook.Secret(
                rotated.Value, WebhookRoutes.Root(http),
                span == TimeSpan.Zero ? "The old secrets have ended." : "The old secrets sign too until they end.")
            : await Show(http, form.Wrong(rotated.Refusal));
    }
}

/// <summary><c>/console/{org}/webhooks/{webhook}/delete</c></summary>
internal sealed class DeleteWebhook : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await WebhookRoutes.Of(http) is { } webhook
        ? Pages.Ask(
            form, "Delete the webhook?",
            $"Nothing is sent to {webhook.Url} any more, and the log of what was sent goes too.",
            "Delete webhook", $"{WebhookRoutes.Root(http)}/{webhook.Id}")
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form) => await WebhookRoutes.Of(http) is { } webhook
        ? AccountRoutes.Told(
            http, WebhookRoutes.Root(http), "The webhook is deleted.",
            await WebhookRoutes.Door(http).Delete(webhook.Id, Platform.Http.ActorOf(http), http.RequestAborted))
        : Results.NotFound();
}
