using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Notices.Inside.Routes;

/// <summary><c>GET /mail</c>, <c>POST /mail/test</c> {to}</summary>
internal static class MailRoutes
{
    public static async Task<IResult> List(HttpContext http, IMail mail, CancellationToken ct)
    {
        var query = new QueryText(http.Request.Query);
        if (query.Refusal() is { } refusal) return Http.Problem(refusal);
        return Http.Answer(await mail.List(Http.ActorOf(http), ct), Http.All);
    }

    public static async Task<IResult> Test(HttpContext http, IMail mail, CancellationToken ct)
    {
        var to = await Bodies.Read(http, at => at.Text("to", 320, required: true) ?? "", ct);
        if (!to.Ok) return Http.Problem(to.Refusal);
        return Http.Answer(
            await mail.SendTest(to.Value, Http.ActorOf(http), ct),
            queued => Results.Json(queued, Http.Json, statusCode: StatusCodes.Status202Accepted));
    }
}
