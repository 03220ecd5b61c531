using Sluice.Host.Portal.Forms;
using Sluice.Platform.Keys;

namespace Sluice.Host.Portal.Apps;

/// <summary><c>…/apps/{app}/rules</c>: a value a line.</summary>
internal sealed class EditRules : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await AppRoutes.Of(http) is { } app
        ? Pages.Show<RulesPage>(form, (nameof(RulesPage.Root), AppRoutes.Root(http)), (nameof(RulesPage.App), app))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (await AppRoutes.Of(http) is not { } app) return Results.NotFound();
        if (AppVersion.Of(form) is not { } version) return await Show(http, form.Wrong(AppVersion.Missing));
        var rules = new AppRules
        {
            Services = Lines(form, "services"),
            Methods = Lines(form, "methods"),
            Contracts = Lines(form, "contracts"),
            Origins = Lines(form, "origins"),
            UserAgents = Lines(form, "userAgents"),
            Networks = Lines(form, "networks"),
        };
        var saved = await AppRoutes.Door(http).SetRules(
            app.Id, rules, Platform.Http.ActorOf(http), version: version, ct: http.RequestAborted);
        if (saved.Ok) return Pages.Done(http, AppRoutes.PathOf(http, app), "The rules are saved. They count from now on.");
        // "origins[2] 'app' is no origin: …" is about a field that holds several.
        if (saved.Refusal.Code != "keys.rules-invalid") return await Show(http, form.Wrong(saved.Refusal));
        foreach (var field in saved.Refusal.Details!.GroupBy(detail => detail[..detail.AsSpan().IndexOfAny('[', ':')]))
            form.Wrong(field.Key, string.Join(' ', field.Select(Told)), saved.Refusal.Status);
        return await Show(http, form);
    }

    private static string[] Lines(FormState form, string field) =>
        form[field].Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Told(string detail) => detail[(detail.AsSpan().IndexOfAny(' ', ':') + 1)..].Trim();
}

/// <summary>Without the version that a page was drawn from, what somebody else saved meanwhile would be lost unseen.</summary>
internal static class AppVersion
{
    public const string Missing = "This page is incomplete. Load it again.";

    public static long? Of(FormState form) => long.TryParse(
        form["version"], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture,
        out var version) ? version : null;
}
