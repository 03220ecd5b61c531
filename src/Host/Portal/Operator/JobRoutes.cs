using System.Globalization;
using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Kit;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Jobs;

namespace Sluice.Host.Portal.Operator;

/// <summary>Queues, jobs, schedules, and facts that could not be delivered.</summary>
internal static class JobRoutes
{
    private const string Root = "/operator/jobs";

    public static void MapJobPages(this RouteGroupBuilder portal)
    {
        var jobs = portal.MapGroup(Root);
        jobs.MapGet("", Queues).Requires(Permission.JobsRead);
        jobs.MapGet("/list", List).Requires(Permission.JobsRead);
        jobs.MapGet("/schedules", Schedules).Requires(Permission.JobsRead);
        jobs.MapGet("/facts", Facts).Requires(Permission.JobsRead);
        jobs.MapGet("/{job}", Show).Requires(Permission.JobsRead);
        jobs.MapForm("/{job}/retry", Retry).Requires(Permission.JobsWrite);
        jobs.MapForm("/{job}/cancel", Cancel).Requires(Permission.JobsWrite);
        jobs.MapForm("/queues/{queue}/pause", (http, form) => Pause(http, true)).Requires(Permission.JobsWrite);
        jobs.MapForm("/queues/{queue}/resume", (http, form) => Pause(http, false)).Requires(Permission.JobsWrite);
        jobs.MapForm("/schedules/{schedule}/pause", (http, form) => Hold(http, true)).Requires(Permission.JobsWrite);
        jobs.MapForm("/schedules/{schedule}/resume", (http, form) => Hold(http, false)).Requires(Permission.JobsWrite);
        jobs.MapForm("/schedules/{schedule}/run", RunNow).Requires(Permission.JobsWrite);
        jobs.MapForm("/facts/{fact}/retry", RetryFact).Requires(Permission.JobsWrite);
    }

    public static TabLink[] Tabs(string place) =>
    [
        new("Queues", Root, place == Root),
        new("Jobs", Root + "/list", place == Root + "/list"),
        new("Schedules", Root + "/schedules", place == Root + "/schedules"),
        new("Facts", Root + "/facts", place == Root + "/facts"),
    ];

    private static IJobDesk Desk(HttpContext http) => http.RequestServices.GetRequiredService<IJobDesk>();

    private static async Task<IResult> Queues(HttpContext http, IJobDesk desk, CancellationToken ct)
    {
        var queues = await desk.Queues(Platform.Http.ActorOf(http), ct);
        return queues.Ok
            ? Pages.Show<QueuesPage>(
                (nameof(QueuesPage.Queues), queues.Value), (nameof(QueuesPage.Health), await desk.Health(ct)))
            : ErrorPages.Of(queues.Refusal);
    }

    private static async Task<IResult> List(
        HttpContext http, IJobDesk desk, string? queue, string? state, string? after, CancellationToken ct)
    {
        var cursor = WireId.TryParse<JobId>(after, out var id) ? id : (JobId?)null;
        JobState? wanted =
            Enum.TryParse<JobState>(state, ignoreCase: true, out var known) && Enum.IsDefined(known) ? known : null;
        var filter = new JobFilter(queue is { Length: > 0 and <= 40 } ? queue : null, wanted);
        var rows = await desk.Jobs(filter, cursor, Paged.Asked, Platform.Http.ActorOf(http), ct);
        if (!rows.Ok) return ErrorPages.Of(rows.Refusal);
        var queues = await desk.Queues(Platform.Http.ActorOf(http), ct);
        var shown = Paged.Shown(rows.Value);
        var chosen = $"queue={Uri.EscapeDataString(filter.Queue ?? "")}&state={wanted?.ToString().ToLowerInvariant()}";
        return Pages.Show<JobsPage>(
            (nameof(JobsPage.Jobs), shown), (nameof(JobsPage.Filter), filter),
            (nameof(JobsPage.Queues), queues.Ok ? queues.Value.Select(one => one.Name).ToList() : []),
            (nameof(JobsPage.FirstPage), cursor is null), (nameof(JobsPage.Start), "?" + chosen),
            (nameof(JobsPage.Next), rows.Value.Count > shown.Count ? $"?{chosen}&after={shown[^1].Id}" : null));
    }

    private static async Task<IResult> Schedules(HttpContext http, IJobDesk desk, CancellationToken ct)
    {
        var rows = await desk.Schedules(Platform.Http.ActorOf(http), ct);
        return rows.Ok
            ? Pages.Show<SchedulesPage>((nameof(SchedulesPage.Schedules), rows.Value))
            : ErrorPages.Of(rows.Refusal);
    }

    private static async Task<IResult> Facts(HttpContext http, IJobDesk desk, string? after, CancellationToken ct)
    {
        long? cursor = long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        var dead = await desk.Facts(true, cursor, Paged.Asked, Platform.Http.ActorOf(http), ct);
        if (!dead.Ok) return ErrorPages.Of(dead.Refusal);
        var waiting = await desk.Facts(false, null, Paged.Size, Platform.Http.ActorOf(http), ct);
        var shown = Paged.Shown(dead.Value);
        return Pages.Show<FactsPage>(
            (nameof(FactsPage.Dead), shown), (nameof(FactsPage.Waiting), cursor is null && waiting.Ok ? waiting.Value : []),
            (nameof(FactsPage.FirstPage), cursor is null),
            (nameof(FactsPage.Next), dead.Value.Count > shown.Count
                ? string.Create(CultureInfo.InvariantCulture, $"?after={shown[^1].Id}")
                : null));
    }

    private static async Task<IResult> Show(HttpContext http, IJobDesk desk, CancellationToken ct)
    {
        if (JobOf(http) is not { } id) return Results.NotFound();
        var job = await desk.Job(id, Platform.Http.ActorOf(http), ct);
        return job.Ok ? Pages.Show<JobPage>((nameof(JobPage.Details), job.Value)) : ErrorPages.Of(job.Refusal);
    }

    private static async Task<IResult> Retry(HttpContext http, FormState form) => JobOf(http) is { } id
        ? AccountRoutes.Told(
            http, $"{Root}/{id}", "The job runs again as soon as a worker is free.",
            await Desk(http).Retry(id, Platform.Http.ActorOf(http), ct: http.RequestAborted))
        : Results.NotFound();

    private static async Task<IResult> Cancel(HttpContext http, FormState form) => JobOf(http) is { } id
        ? AccountRoutes.Told(
            http, $"{Root}/{id}", "The job is asked to stop.",
            await Desk(http).Cancel(id, Platform.Http.ActorOf(http), ct: http.RequestAborted))
        : Results.NotFound();

    private static async Task<IResult> Pause(HttpContext http, bool paused)
    {
        var queue = (string)http.Request.RouteValues["queue"]!;
        return AccountRoutes.Told(
            http, Root, paused ? $"{queue} begins no job any more." : $"{queue} goes on.",
            await Desk(http).SetPaused(queue, paused, Platform.Http.ActorOf(http), ct: http.RequestAborted));
    }

    private static async Task<IResult> Hold(HttpContext http, bool paused)
    {
        var name = (string)http.Request.RouteValues["schedule"]!;
        return AccountRoutes.Told(
            http, Root + "/schedules", paused ? $"{name} is held." : $"{name} goes on with its next time.",
            await Desk(http).SetSchedulePaused(name, paused, Platform.Http.ActorOf(http), ct: http.RequestAborted));
    }

    private static async Task<IResult> RunNow(HttpContext http, FormState form)
    {
        var name = (string)http.Request.RouteValues["schedule"]!;
        return AccountRoutes.Told(
            http, Root + "/schedules", $"{name} is due now.",
            await Desk(http).RunSchedule(name, Platform.Http.ActorOf(http), ct: http.RequestAborted));
    }

    private static async Task<IResult> RetryFact(HttpContext http, FormState form) =>
        long.TryParse(http.Request.RouteValues["fact"] as string, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? AccountRoutes.Told(
                http, Root + "/facts", "The fact is delivered again.",
                await Desk(http).RetryFact(id, Platform.Http.ActorOf(http), ct: http.RequestAborted))
            : Results.NotFound();

    private static JobId? JobOf(HttpContext http) =>
        WireId.TryParse<JobId>(http.Request.RouteValues["job"] as string, out var id) ? id : null;
}
