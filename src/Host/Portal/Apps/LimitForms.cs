using System.Globalization;
using Sluice.Host.Portal.Forms;
using Sluice.Platform.Catalog;

namespace Sluice.Host.Portal.Apps;

/// <summary><c>…/apps/{app}/limits</c>: what is left empty is limited by the plan alone.</summary>
internal sealed class EditLimits : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await AppRoutes.Of(http) is { } app
        ? Pages.Show<LimitsPage>(
            form, (nameof(LimitsPage.Root), AppRoutes.Root(http)), (nameof(LimitsPage.App), app),
            (nameof(LimitsPage.Plan), await http.RequestServices.GetRequiredService<ICatalog>()
                .PlanOf(app.Organization, http.RequestAborted)))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (await AppRoutes.Of(http) is not { } app) return Results.NotFound();
        if (AppVersion.Of(form) is not { } version) return await Show(http, form.Wrong(AppVersion.Missing));
        var requests = Number(form, "requestsPerSecond");
        if (requests > int.MaxValue) form.Wrong("requestsPerSecond", "At most 1,000,000.");
        var limits = new LimitSet
        {
            RequestsPerSecond = form.IsWrong ? null : (int?)requests,
            UnitsPerSecond = Number(form, "unitsPerSecond"),
            DailyUnits = Number(form, "dailyUnits"),
            MonthlyUnits = Number(form, "monthlyUnits"),
            Cap = form["cap"] == "soft" ? QuotaCap.Soft : QuotaCap.Hard,
        };
        if (form.IsWrong) return await Show(http, form);
        var saved = await AppRoutes.Door(http).SetAppLimits(
            app.Id, limits, Platform.Http.ActorOf(http), version: version, ct: http.RequestAborted);
        return saved.Ok
            ? Pages.Done(http, AppRoutes.PathOf(http, app), "The limits are saved. They count from now on.")
            : await Show(http, form.Wrong(saved.Refusal));
    }

    private static long? Number(FormState form, string field)
    {
        var text = form.Trimmed(field);
        if (text.Length == 0) return null;
        // A comma separates thousands and nothing else: "1,5" is no 15.
        var groups = text.Split(',');
        var grouped = groups.Length == 1 || (groups[0].Length is 1 or 2 or 3 && groups.Skip(1).All(group => group.Length == 3));
        if (grouped && long.TryParse(string.Concat(groups), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number;
        form.Wrong(field, "This is no whole number. Leave it empty for no limit of its own.");
        return null;
    }
}
