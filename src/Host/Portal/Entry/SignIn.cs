using Microsoft.AspNetCore.DataProtection;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Web;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Entry;

/// <summary><c>/sign-in</c></summary>
internal sealed class SignIn : IFormPage
{
    public const string Home = "/console";

    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(
        Actor.From(http.User) is { User: not null } && !form.IsWrong
            ? Pages.Done(http, Next(EntryRoutes.NextOf(http, form)))
            : Pages.Show<SignInPage>(
                form, (nameof(SignInPage.Next), EntryRoutes.NextOf(http, form)),
                (nameof(SignInPage.Passkeys), http.RequestServices.GetRequiredService<IPasskeys>().AreOffered),
                (nameof(SignInPage.Wallets), http.RequestServices.GetRequiredService<IWallets>().AreOffered)));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var step = await http.RequestServices.GetRequiredService<ISignIn>().WithPassword(
            form.Trimmed("email"), form["password"], Platform.Http.OriginOf(http), http.RequestAborted);
        if (!step.Ok) return await Show(http, form.Wrong(step.Refusal));
        var next = EntryRoutes.NextOf(http, form);
        if (step.Value.Session is { } begun) return Begin(http, begun, next);
        Tickets.Write(http, step.Value.SecondFactor!);
        return Pages.Done(http, next.Length > 0 ? $"/sign-in/code?next={Uri.EscapeDataString(next)}" : "/sign-in/code");
    }

    /// <summary>Hands the session to the browser and leads on.</summary>
    public static IResult Begin(HttpContext http, SignedIn begun, string next, string? said = null)
    {
        SessionCookie.Write(http, begun);
        return Pages.Done(http, Next(next), said);
    }

    public static async Task<IResult> Out(HttpContext http, FormState form)
    {
        await http.RequestServices.GetRequiredService<ISignIn>().SignOut(Platform.Http.ActorOf(http), http.RequestAborted);
        SessionCookie.Clear(http);
        return Pages.Done(http, "/sign-in", "You are signed out.");
    }

    private static string Next(string next) => next.Length > 0 ? next : Home;
}

/// <summary><c>/sign-in/code</c></summary>
internal sealed class SecondFactor : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(
        Tickets.Read(http) is { } ticket
            ? Pages.Show<SecondFactorPage>(
                form, (nameof(SecondFactorPage.Next), EntryRoutes.NextOf(http, form)),
                (nameof(SecondFactorPage.Ticket), ticket))
            : Pages.Done(http, "/sign-in"));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (Tickets.Read(http) is not { } ticket) return Pages.Failed(http, "/sign-in", "That took too long. Sign in again.");
        var begun = await http.RequestServices.GetRequiredService<ISignIn>().WithSecondFactor(
            ticket.Ticket, form.Trimmed("code"), Platform.Http.OriginOf(http), http.RequestAborted);
        if (begun.Ok)
        {
            Tickets.Clear(http);
            return SignIn.Begin(http, begun.Value, EntryRoutes.NextOf(http, form));
        }
        if (begun.Refusal.Code != "auth.ticket-ended")
            return await Show(http, form.Wrong(begun.Refusal, ("auth.code-wrong", "code")));
        Tickets.Clear(http);
        return Pages.Failed(http, "/sign-in", begun.Refusal.Message);
    }
}

/// <summary>
/// Keeps the ticket between the two steps in a cookie, so that neither a reload nor the history repeats a password.
/// </summary>
internal static class Tickets
{
    private const string Cookie = "__Host-sluice-ticket";
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);

    public static void Write(HttpContext http, SecondFactorTicket ticket) => http.Response.Cookies.Append(
        Cookie, Protector(http).Protect($"{Flag(ticket.Code)}{Flag(ticket.Passkey)}{ticket.Ticket}", Kept),
        PortalCookies.Options(Kept));

    public static HeldTicket? Read(HttpContext http)
    {
        if (!http.Request.Cookies.TryGetValue(Cookie, out var box)) return null;
        try
        {
            var text = Protector(http).Unprotect(box);
            return text.Length < 2 ? null : new HeldTicket(text[2..], text[0] == '1', text[1] == '1');
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null; // Too old, or not ours.
        }
    }

    public static void Clear(HttpContext http) => http.Response.Cookies.Delete(Cookie, PortalCookies.Options(null));

    private static char Flag(bool set) => set ? '1' : '0';

    private static ITimeLimitedDataProtector Protector(HttpContext http) => http.RequestServices
        .GetRequiredService<IDataProtectionProvider>().CreateProtector("portal.ticket").ToTimeLimitedDataProtector();
}

/// <param name="Ticket">For the room.</param>
/// <param name="Code">Whether a code of an app is one way to go on.</param>
/// <param name="Passkey">Whether a passkey is one.</param>
public sealed record HeldTicket(string Ticket, bool Code, bool Passkey);

/// <summary><c>/sign-in/link?token=</c>: a one-time link of the console.</summary>
internal sealed class LinkSignIn : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Show<ConfirmPage>(
        form, (nameof(ConfirmPage.Title), "Sign in by link"), (nameof(ConfirmPage.Button), "Sign in"),
        (nameof(ConfirmPage.Lead), "The link works once."),
        (nameof(ConfirmPage.Token), EntryRoutes.TokenOf(http, form))));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var begun = await http.RequestServices.GetRequiredService<ISignIn>().WithLink(
            EntryRoutes.TokenOf(http, form), Platform.Http.OriginOf(http), http.RequestAborted);
        return begun.Ok ? SignIn.Begin(http, begun.Value, "") : await Show(http, form.Wrong(begun.Refusal));
    }
}
