using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Jobs.Inside.Routes;

/// <summary><c>GET /jobs/{job}</c>, <c>POST /jobs/{job}/retry</c>, <c>POST /jobs/{job}/cancel</c></summary>
internal static class JobRoutes
{
    public static async Task<IResult> Get(HttpContext http, string job, IJobDesk desk, CancellationToken ct) =>
        WireId.TryParse<JobId>(job, out var id)
            ? Http.Answer(await desk.Job(id, Http.ActorOf(http), ct))
            : Http.Problem(JobRefusals.NoJob(job));

    public static async Task<IResult> Retry(HttpContext http, string job, IJobDesk desk, CancellationToken ct) =>
        WireId.TryParse<JobId>(job, out var id)
            ? Http.Answer(await desk.Retry(id, Http.ActorOf(http), ct: ct), _ => Results.NoContent())
            : Http.Problem(JobRefusals.NoJob(job));

    public static async Task<IResult> Cancel(HttpContext http, string job, IJobDesk desk, CancellationToken ct) =>
        WireId.TryParse<JobId>(job, out var id)
            ? Http.Answer(await desk.Cancel(id, Http.ActorOf(http), ct: ct), _ => Results.NoContent())
            : Http.Problem(JobRefusals.NoJob(job));
}
