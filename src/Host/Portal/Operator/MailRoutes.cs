using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Notices;

namespace Sluice.Host.Portal.Operator;

/// <summary>Mail that went out, or that is kept for operators where there is no server.</summary>
internal static class MailRoutes
{
    public static void MapMailPages(this RouteGroupBuilder portal)
    {
        portal.MapGet("/operator/mail", List).Requires(Permission.MailOpen);
        portal.MapGet("/operator/mail/{mail}", Show).Requires(Permission.MailOpen);
        portal.MapFormPage<TestMail>("/operator/mail/test").Requires(Permission.SettingsWrite);
    }

    private static async Task<IResult> List(HttpContext http, IMail mail, CancellationToken ct)
    {
        var mails = await mail.List(Platform.Http.ActorOf(http), ct);
        return mails.Ok
            ? Pages.Show<MailsPage>(
                (nameof(MailsPage.Mails), mails.Value), (nameof(MailsPage.Closed), mail.Closed?.Message),
                (nameof(MailsPage.IsKept), mail.IsKept))
            : ErrorPages.Of(mails.Refusal);
    }

    private static async Task<IResult> Show(HttpContext http, IMail door, CancellationToken ct)
    {
        if (!WireId.TryParse<MailId>(http.Request.RouteValues["mail"] as string, out var id)) return Results.NotFound();
        var mails = await door.List(Platform.Http.ActorOf(http), ct);
        if (!mails.Ok) return ErrorPages.Of(mails.Refusal);
        return mails.Value.FirstOrDefault(one => one.Id == id) is { } found
            ? Pages.Show<MailPage>((nameof(MailPage.Mail), found))
            : Results.NotFound();
    }
}

/// <summary><c>/operator/mail/test</c></summary>
internal sealed class TestMail : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Show<TestMailPage>(form));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var sent = await http.RequestServices.GetRequiredService<IMail>()
            .SendTest(form.Trimmed("to"), Platform.Http.ActorOf(http), http.RequestAborted);
        return sent.Ok
            ? Pages.Done(http, "/operator/mail", $"A mail to {sent.Value.To} is on its way.")
            : await Show(http, form.Wrong(sent.Refusal, ("notices.address-invalid", "to")));
    }
}
