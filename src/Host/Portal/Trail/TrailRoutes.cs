using System.Globalization;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Kit;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Audit;

namespace Sluice.Host.Portal.Trail;

/// <summary>The audit trail: of one organization, and of the installation.</summary>
internal static class TrailRoutes
{
    public static void MapTrail(this RouteGroupBuilder portal)
    {
        portal.MapGet("/console/{org}/audit", List).Requires(Permission.AuditRead);
        portal.MapGet("/console/{org}/audit/{number}", Show).Requires(Permission.AuditRead);
        portal.MapGet("/operator/audit", List).Requires(Permission.PlatformAuditRead);
        portal.MapGet("/operator/audit/{number}", Show).Requires(Permission.PlatformAuditRead);
    }

    private static async Task<IResult> List(
        HttpContext http, IAuditTrail trail, string? before, string? action, CancellationToken ct)
    {
        var filter = action?.Trim() is { Length: > 0 and <= 100 } given ? given : null;
        long? cursor = long.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        var rows = await trail.List(
            new AuditQuery(OrganizationOf(http), Action: filter), Platform.Http.ActorOf(http), cursor, Paged.Asked, ct);
        if (!rows.Ok) return ErrorPages.Of(rows.Refusal);
        var shown = Paged.Shown(rows.Value);
        var more = filter is null ? "" : $"&action={Uri.EscapeDataString(filter)}";
        return Pages.Show<TrailPage>(
            (nameof(TrailPage.Organization), OrganizationOf(http)?.ToString()), (nameof(TrailPage.Events), shown),
            (nameof(TrailPage.People), await People.In(http, shown.SelectMany(one => new[] { one.Actor, one.Subject }))),
            (nameof(TrailPage.Filter), filter ?? ""), (nameof(TrailPage.FirstPage), cursor is null),
            (nameof(TrailPage.Next), rows.Value.Count > shown.Count
                ? string.Create(CultureInfo.InvariantCulture, $"?before={shown[^1].Number}{more}")
                : null));
    }

    private static async Task<IResult> Show(HttpContext http, IAuditTrail trail, string number, CancellationToken ct)
    {
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var place) || place is 0 or long.MaxValue)
            return Results.NotFound();
        var found = await trail.List(
            new AuditQuery(OrganizationOf(http)), Platform.Http.ActorOf(http), place + 1, 1, ct);
        if (!found.Ok) return ErrorPages.Of(found.Refusal);
        return found.Value is [var happened, ..] && happened.Number == place
            ? Pages.Show<EventPage>(
                (nameof(EventPage.Organization), OrganizationOf(http)?.ToString()), (nameof(EventPage.Event), happened),
                (nameof(EventPage.People), await People.In(http, [happened.Actor, happened.Subject])))
            : Results.NotFound();
    }

    private static OrganizationId? OrganizationOf(HttpContext http) =>
        WireId.TryParse<OrganizationId>(http.Request.RouteValues["org"] as string, out var id) ? id : null;
}
