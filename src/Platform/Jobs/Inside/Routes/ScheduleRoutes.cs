using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Jobs.Inside.Routes;

/// <summary>
/// <c>GET /schedules</c>, <c>POST /schedules/{schedule}/run</c>, <c>POST /schedules/{schedule}/pause</c>,
/// <c>POST /schedules/{schedule}/resume</c>
/// </summary>
internal static class ScheduleRoutes
{
    public static async Task<IResult> List(HttpContext http, IJobDesk desk, CancellationToken ct) =>
        Http.Answer(await desk.Schedules(Http.ActorOf(http), ct), Http.All);

    public static async Task<IResult> Run(HttpContext http, string schedule, IJobDesk desk, CancellationToken ct) =>
        Http.Answer(await desk.RunSchedule(schedule, Http.ActorOf(http), ct: ct), _ => Results.NoContent());

    public static async Task<IResult> Pause(HttpContext http, string schedule, IJobDesk desk, CancellationToken ct) =>
        Http.Answer(await desk.SetSchedulePaused(schedule, true, Http.ActorOf(http), ct: ct), _ => Results.NoContent());

    public static async Task<IResult> Resume(HttpContext http, string schedule, IJobDesk desk, CancellationToken ct) =>
        Http.Answer(await desk.SetSchedulePaused(schedule, false, Http.ActorOf(http), ct: ct), _ => Results.NoContent());
}
