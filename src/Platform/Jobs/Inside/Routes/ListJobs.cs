using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Jobs.Inside.Routes;

/// <summary><c>GET /jobs?queue=&amp;state=&amp;name=&amp;key=&amp;after=&amp;limit=</c></summary>
internal static class ListJobs
{
    public const int PageMax = 500;

    public static async Task<IResult> Handle(HttpContext http, IJobDesk desk, CancellationToken ct)
    {
        var query = new QueryText(http.Request.Query);
        var state = query.Text("state") is null ? (JobState?)null : query.Choice("state", JobState.Waiting);
        var filter = new JobFilter(query.Text("queue"), state, query.Text("name"), query.Text("key"));
        var after = query.Id<JobId>("after");
        var size = query.Limit(PageMax);
        if (query.Refusal() is { } refusal) return Http.Problem(refusal);
        return Http.Answer(
            await desk.Jobs(filter, after, size + 1, Http.ActorOf(http), ct),
            rows => Http.Page(rows, size, job => job.Id.ToString()));
    }
}
