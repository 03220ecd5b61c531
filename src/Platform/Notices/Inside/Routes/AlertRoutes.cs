using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Notices.Inside.Routes;

/// <summary>The routes of alert rules.</summary>
internal static class AlertRoutes
{
    private const int ListMax = 20;
    private const int WindowDefault = 15;
    private const int CallsDefault = 20;
    private static readonly int[] LevelsDefault = [50, 80, 100];

    /// <summary><c>GET /organizations/{org}/alerts</c></summary>
    public static async Task<IResult> List(HttpContext http, string org, IAlerts alerts, CancellationToken ct) =>
        WireId.TryParse<OrganizationId>(org, out var organization)
            ? Http.Answer(
                await alerts.List(organization, Http.ActorOf(http), ct), rules => Http.All([.. rules.Select(AlertBody.Of)]))
            : Http.Problem(Refusals.NoOrganization(org));

    /// <summary>
    /// <c>POST /organizations/{org}/alerts</c> {name, kind, period?, units?, percents?, windowMinutes?, callsMin?, channels?}
    /// </summary>
    public static async Task<IResult> Post(HttpContext http, string org, IAlerts alerts, CancellationToken ct)
    {
        if (!WireId.TryParse<OrganizationId>(org, out var organization)) return Http.Problem(Refusals.NoOrganization(org));
        var request = await Bodies.Read(http, Request, ct);
        if (!request.Ok) return Http.Problem(request.Refusal);
        return Http.Answer(
            await alerts.Create(organization, request.Value, Http.ActorOf(http), Http.WorkOf(http), ct),
            rule => Versions.Json(http, AlertBody.Of(rule), rule.Version, StatusCodes.Status201Created));
    }

    /// <summary><c>GET /alerts/{alert}</c></summary>
    public static async Task<IResult> Get(HttpContext http, string alert, IAlerts alerts, CancellationToken ct) =>
        WireId.TryParse<AlertId>(alert, out var id)
            ? Http.Answer(
                await alerts.Find(id, Http.ActorOf(http), ct), rule => Versions.Json(http, AlertBody.Of(rule), rule.Version))
            : Http.Problem(NoticeRefusals.NoAlert(alert));

    /// <summary><c>PUT /alerts/{alert}</c>, with the body of a new one: the whole of it, replaced.</summary>
    public static async Task<IResult> Put(HttpContext http, string alert, IAlerts alerts, CancellationToken ct)
    {
        if (!WireId.TryParse<AlertId>(alert, out var id)) return Http.Problem(NoticeRefusals.NoAlert(alert));
        var request = await Bodies.Read(http, Request, ct);
        if (!request.Ok) return Http.Problem(request.Refusal);
        var version = Versions.Expected(http);
        if (!version.Ok) return Http.Problem(version.Refusal);
        return Http.Answer(
            await alerts.Change(id, request.Value, Http.ActorOf(http), version.Value, ct),
            rule => Versions.Json(http, AlertBody.Of(rule), rule.Version));
    }

    /// <summary><c>DELETE /alerts/{alert}</c></summary>
    public static async Task<IResult> Delete(HttpContext http, string alert, IAlerts alerts, CancellationToken ct) =>
        WireId.TryParse<AlertId>(alert, out var id)
            ? Http.Answer(await alerts.Delete(id, Http.ActorOf(http), ct), _ => Results.NoContent())
            : Http.Problem(NoticeRefusals.NoAlert(alert));

    private static AlertRequest Request(ObjectAt at)
    {
        if (!at.Has("kind")) at.Faults.Add(at.At("kind"), "is missing. Add it: usage, errors or quota.");
        var kind = at.Choice("kind", AlertKind.Quota);
        var period = at.Choice("period", AlertPeriod.Day);
        return new AlertRequest(
            at.Name("name"), kind, period, at.Limit("units", long.MinValue, long.MaxValue, null),
            Percents(at, kind), (int)at.Whole("windowMinutes", int.MinValue, int.MaxValue, WindowDefault),
            at.Whole("callsMin", long.MinValue, long.MaxValue, CallsDefault), Channels(at));
    }

    private static int[] Percents(ObjectAt at, AlertKind kind)
    {
        var items = at.Items("percents", ListMax);
        if (items.Count == 0 && !at.Has("percents")) return kind == AlertKind.Quota ? LevelsDefault : [];
        return [.. items.Select(item => (int)(ObjectAt.WholeOf(item.Value, item.Path, 1, 100, at.Faults) ?? 1))];
    }

    private static AlertChannel[] Channels(ObjectAt at)
    {
        if (!at.Has("channels")) return [AlertChannel.Inbox, AlertChannel.Mail];
        var all = Enum.GetValues<AlertChannel>();
        List<AlertChannel> channels = [];
        foreach (var (value, path) in at.Items("channels", ListMax))
        {
            if (ObjectAt.TextOf(value, path, at.Faults) is not { } text) continue;
            var place = Array.FindIndex(all, one => ObjectAt.Wire(one) == text);
            if (place >= 0) channels.Add(all[place]);
            else at.Faults.Add(path, $"{Faults.Quote(text)} is unknown. Use {string.Join(", ", all.Select(ObjectAt.Wire))}.");
        }
        return [.. channels];
    }
}
