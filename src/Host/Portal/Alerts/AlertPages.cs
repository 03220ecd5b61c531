using System.Globalization;
using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Kit;
using Sluice.Host.Portal.Organizations;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Notices;

namespace Sluice.Host.Portal.Alerts;

/// <summary>Rules by which an organization is told of its usage.</summary>
internal static class AlertPages
{
    public static void MapAlerts(this RouteGroupBuilder portal)
    {
        var alerts = portal.MapGroup("/console/{org}/alerts");
        alerts.MapGet("", List).Requires(Permission.AlertsRead);
        alerts.MapFormPage<NewAlert>("/new").Requires(Permission.AlertsWrite);
        alerts.MapFormPage<DeleteAlert>("/{alert}/delete").Requires(Permission.AlertsWrite);
    }

    public static string Root(HttpContext http) => OrganizationRoutes.PathOf(http, "/alerts");

    public static IAlerts Door(HttpContext http) => http.RequestServices.GetRequiredService<IAlerts>();

    /// <summary>The rule that the address names, if it is this organization's; null where there is none.</summary>
    public static async Task<AlertRule?> Of(HttpContext http)
    {
        if (!WireId.TryParse<AlertId>(http.Request.RouteValues["alert"] as string, out var id)) return null;
        var all = await Door(http).List(OrganizationRoutes.IdOf(http), Platform.Http.ActorOf(http), http.RequestAborted);
        return all.Ok ? all.Value.FirstOrDefault(rule => rule.Id == id) : null;
    }

    /// <summary>A rule as a sentence.</summary>
    public static string Told(AlertRequest rule)
    {
        var levels = string.Join(", ", rule.Percents.Select(level => string.Create(CultureInfo.InvariantCulture, $"{level} %")));
        var period = rule.Period.ToString().ToLowerInvariant();
        return rule.Kind switch
        {
            AlertKind.Usage => string.Create(CultureInfo.InvariantCulture, $"{rule.Units:N0} units used in a {period}"),
            AlertKind.Errors => string.Create(
                CultureInfo.InvariantCulture,
                $"{levels} of {rule.CallsMin:N0} calls or more fail within {rule.WindowMinutes} minutes"),
            _ => $"{levels} of the {(rule.Period == AlertPeriod.Day ? "daily" : "monthly")} quota used",
        };
    }

    private static async Task<IResult> List(HttpContext http, IAlerts alerts, CancellationToken ct)
    {
        var all = await alerts.List(OrganizationRoutes.IdOf(http), Platform.Http.ActorOf(http), ct);
        return all.Ok
            ? Pages.Show<AlertsPage>((nameof(AlertsPage.Root), Root(http)), (nameof(AlertsPage.Rules), all.Value))
            : ErrorPages.Of(all.Refusal);
    }
}

/// <summary><c>/console/{org}/alerts/new?kind=</c></summary>
internal sealed class NewAlert : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Show<NewAlertPage>(
        form, (nameof(NewAlertPage.Root), AlertPages.Root(http)),
        (nameof(NewAlertPage.Kind), KindOf(form.Has("kind") ? form["kind"] : http.Request.Query["kind"].ToString()))));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (Read(form) is not { } request) return await Show(http, form);
        var made = await AlertPages.Door(http).Create(
            OrganizationRoutes.IdOf(http), request, Platform.Http.ActorOf(http), ct: http.RequestAborted);
        return made.Ok
            ? Pages.Done(http, AlertPages.Root(http), $"{made.Value.Rule.Name} is watched from now on.")
            : await Show(http, form.Wrong(made.Refusal));
    }

    private static AlertRequest? Read(FormState form)
    {
        // Nothing ticked is not sent at all.
        if (!form.Has("channels")) form.With("channels", "");
        var kind = KindOf(form["kind"]);
        if (form.Trimmed("name").Length == 0) form.Wrong("name", "Say what the rule is called.");
        var units = kind == AlertKind.Usage ? Number(form, "units") : null;
        List<int> percents = [];
        if (kind != AlertKind.Usage)
        {
            foreach (var part in form["percents"].Replace("%", "", StringComparison.Ordinal).Split(
                [',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var level)) percents.Add(level);
                else form.Wrong("percents", $"“{part}” is no whole number.");
            }
            if (percents.Count == 0) form.Wrong("percents", "Write at least one whole number, such as 80.");
        }
        var minutes = kind == AlertKind.Errors ? Number(form, "windowMinutes") : 15;
        var calls = kind == AlertKind.Errors ? Number(form, "callsMin") : 20;
        List<AlertChannel> channels = [];
        foreach (var name in form.Several("channels"))
        {
            if (Enum.TryParse<AlertChannel>(name, ignoreCase: true, out var channel) && Enum.IsDefined(channel))
                channels.Add(channel);
            else
                form.Wrong("channels", "Choose from the list.");
        }
        if (channels.Count == 0) form.Wrong("channels", "Choose at least one way.");
        var period = form["period"] switch { "hour" => AlertPeriod.Hour, "month" => AlertPeriod.Month, _ => AlertPeriod.Day };
        return form.IsWrong
            ? null
            : new AlertRequest(
                form.Trimmed("name"), kind, period, units, percents, (int)Math.Min(minutes ?? 0, int.MaxValue), calls ?? 0,
                channels);
    }

    private static long? Number(FormState form, string field)
    {
        if (long.TryParse(
            form.Trimmed(field).Replace(",", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture,
            out var number)) return number;
        form.Wrong(field, form.Trimmed(field).Length == 0 ? "Say how many." : "This is no whole number.");
        return null;
    }

    private static AlertKind KindOf(string text) => text switch
    {
        "usage" => AlertKind.Usage,
        "errors" => AlertKind.Errors,
        _ => AlertKind.Quota,
    };
}

/// <summary><c>/console/{org}/alerts/{alert}/delete</c></summary>
internal sealed class DeleteAlert : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await AlertPages.Of(http) is { } rule
        ? Pages.Ask(
            form, $"Delete {rule.Rule.Name}?",
            "Nobody is told of it any more.",
            "Delete alert", AlertPages.Root(http))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form) => await AlertPages.Of(http) is { } rule
        ? AccountRoutes.Told(
            http, AlertPages.Root(http), $"{rule.Rule.Name} is deleted.",
            await AlertPages.Door(http).Delete(rule.Id, Platform.Http.ActorOf(http), http.RequestAborted))
        : Results.NotFound();
}
