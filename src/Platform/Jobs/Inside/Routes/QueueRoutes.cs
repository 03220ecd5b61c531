using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Jobs.Inside.Routes;

/// <summary><c>GET /queues</c>, <c>POST /queues/{queue}/pause</c>, <c>POST /queues/{queue}/resume</c></summary>
internal static class QueueRoutes
{
    public static async Task<IResult> List(HttpContext http, IJobDesk desk, CancellationToken ct) =>
        Http.Answer(await desk.Queues(Http.ActorOf(http), ct), Http.All);

    public static async Task<IResult> Pause(HttpContext http, string queue, IJobDesk desk, CancellationToken ct) =>
        Http.Answer(await desk.SetPaused(queue, true, Http.ActorOf(http), ct: ct), _ => Results.NoContent());

    public static async Task<IResult> Resume(HttpContext http, string queue, IJobDesk desk, CancellationToken ct) =>
        Http.Answer(await desk.SetPaused(queue, false, Http.ActorOf(http), ct: ct), _ => Results.NoContent());
}
