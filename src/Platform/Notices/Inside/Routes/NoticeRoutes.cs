using Microsoft.AspNetCore.Http;
using Sluice.Kernel;
using Sluice.Platform.Notices.Inside.Inbox;

namespace Sluice.Platform.Notices.Inside.Routes;

/// <summary>The routes of a person's inbox.</summary>
internal static class NoticeRoutes
{
    /// <summary><c>GET /notices?unread=&amp;after=&amp;limit=</c></summary>
    public static async Task<IResult> List(HttpContext http, IInbox inbox, CancellationToken ct)
    {
        var query = new QueryText(http.Request.Query);
        var unread = query.Flag("unread") ?? false;
        var cursor = query.Id<NoticeId>("after");
        var size = query.Limit(NoticeBook.PageMax);
        if (query.Refusal() is { } refusal) return Http.Problem(refusal);
        return Http.Answer(
            await inbox.List(Http.ActorOf(http), unread, cursor, size + 1, ct),
            rows => Http.Page(rows, size, row => row.Id.ToString()));
    }

    /// <summary><c>POST /notices/{notice}/read</c></summary>
    public static async Task<IResult> Read(HttpContext http, string notice, IInbox inbox, CancellationToken ct) =>
        WireId.TryParse<NoticeId>(notice, out var id)
            ? Http.Answer(await inbox.Read(id, Http.ActorOf(http), ct), _ => Results.NoContent())
            : Http.Problem(NoticeRefusals.NoNotice(notice));

    /// <summary><c>POST /notices/read-all</c>: answers {read}.</summary>
    public static async Task<IResult> ReadAll(HttpContext http, IInbox inbox, CancellationToken ct) =>
        Http.Answer(await inbox.ReadAll(Http.ActorOf(http), ct), read => Results.Json(new ReadNotices(read), Http.Json));
}
