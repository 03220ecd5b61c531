using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Kit;
using Sluice.Host.Portal.Trail;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Notices;

namespace Sluice.Host.Portal.Inbox;

/// <summary>What one was told.</summary>
internal static class InboxRoutes
{
    public static void MapInbox(this RouteGroupBuilder portal)
    {
        portal.MapGet("/account/inbox", List).Requires(Permission.SelfRead);
        portal.MapForm("/account/inbox/{notice}/read", Read).Requires(Permission.SelfWrite);
        portal.MapForm("/account/inbox/read-all", ReadAll).Requires(Permission.SelfWrite);
    }

    private static async Task<IResult> List(
        HttpContext http, IInbox inbox, string? after, string? unread, CancellationToken ct)
    {
        var cursor = WireId.TryParse<NoticeId>(after, out var id) ? id : (NoticeId?)null;
        var unreadOnly = unread is not null;
        var rows = await inbox.List(Platform.Http.ActorOf(http), unreadOnly, cursor, Paged.Asked, ct);
        if (!rows.Ok) return ErrorPages.Of(rows.Refusal);
        var shown = Paged.Shown(rows.Value);
        return Pages.Show<InboxPage>(
            (nameof(InboxPage.Notices), shown),
            (nameof(InboxPage.People), await People.In(http, shown.Select(one => one.Body))),
            (nameof(InboxPage.UnreadOnly), unreadOnly), (nameof(InboxPage.FirstPage), cursor is null),
            (nameof(InboxPage.Next), rows.Value.Count > shown.Count
                ? $"?after={shown[^1].Id}{(unreadOnly ? "&unread" : "")}"
                : null));
    }

    // Reading leads on to what the notice is about.
    private static async Task<IResult> Read(HttpContext http, FormState form)
    {
        if (!WireId.TryParse<NoticeId>(http.Request.RouteValues["notice"] as string, out var id)) return Results.NotFound();
        var read = await http.RequestServices.GetRequiredService<IInbox>()
            .Read(id, Platform.Http.ActorOf(http), http.RequestAborted);
        if (!read.Ok) return Pages.Failed(http, "/account/inbox", read.Refusal.Message);
        return Pages.Done(http, Web.LocalPath.Or(form["next"], "/account/inbox"));
    }

    private static async Task<IResult> ReadAll(HttpContext http, FormState form) => AccountRoutes.Told(
        http, "/account/inbox", "Everything is read.",
        await http.RequestServices.GetRequiredService<IInbox>().ReadAll(Platform.Http.ActorOf(http), http.RequestAborted));
}
