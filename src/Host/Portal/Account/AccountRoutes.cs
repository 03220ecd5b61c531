using Sluice.Host.Portal.Forms;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Account;

/// <summary>One's own account.</summary>
internal static class AccountRoutes
{
    private const string Security = "/account/security";

    public static void MapAccount(this RouteGroupBuilder portal)
    {
        portal.MapFormPage<Profile>("/account").Requires(Permission.SelfSecurity);
        portal.MapForm("/account/verification", Resend).Requires(Permission.SelfSecurity);
        portal.MapFormPage<Email>("/account/email").Requires(Permission.SelfSecurity, fresh: true);
        portal.MapFormPage<Password>("/account/password").Requires(Permission.SelfSecurity);
        portal.MapFormPage<Prove>("/account/prove").Requires(Permission.SelfSecurity);
        portal.MapGet(Security, ShowSecurity).Requires(Permission.SelfSecurity);
        portal.MapForm("/account/sessions/{session}/end", EndSession).Requires(Permission.SelfSecurity);
        portal.MapForm("/account/sessions/end-others", EndOthers).Requires(Permission.SelfSecurity);
        portal.MapFormPage<TwoFactor>("/account/two-factor").Requires(Permission.SelfSecurity, fresh: true);
        portal.MapFormPage<RemoveTwoFactor>("/account/two-factor/remove").Requires(Permission.SelfSecurity, fresh: true);
        portal.MapProofPages();
        portal.MapFormPage<RenewCodes>("/account/recovery-codes").Requires(Permission.SelfSecurity, fresh: true);
    }

    /// <summary>The account of whoever asks. Behind <see cref="Permission.SelfSecurity"/> there always is one.</summary>
    public static async Task<User> UserOf(HttpContext http) =>
        await http.RequestServices.GetRequiredService<IUsers>()
            .Find(Platform.Http.ActorOf(http).User!.Value, http.RequestAborted)
        ?? throw new InvalidOperationException("The user of a live session is gone.");

    private static async Task<IResult> ShowSecurity(
        HttpContext http, ISessions sessions, IFactors factors, CancellationToken ct)
    {
        var actor = Platform.Http.ActorOf(http);
        var (passkeys, wallets) = (
            http.RequestServices.GetRequiredService<IPasskeys>(), http.RequestServices.GetRequiredService<IWallets>());
        return Pages.Show<SecurityPage>(
            (nameof(SecurityPage.User), await UserOf(http)),
            (nameof(SecurityPage.Factors), await factors.Show(actor, ct)),
            (nameof(SecurityPage.Logins), await http.RequestServices.GetRequiredService<ILogins>().List(actor, ct)),
            (nameof(SecurityPage.Passkeys), await passkeys.List(actor, ct)),
            (nameof(SecurityPage.PasskeysOffered), passkeys.AreOffered),
            (nameof(SecurityPage.Wallets), await wallets.List(actor, ct)),
            (nameof(SecurityPage.WalletsOffered), wallets.AreOffered),
            (nameof(SecurityPage.Sessions), await sessions.List(actor, ct)));
    }

    private static async Task<IResult> Resend(HttpContext http, FormState form) =>
        Told(http, "/account", "Another link is on its way.", await http.RequestServices.GetRequiredService<IUsers>()
            .ResendVerification(Platform.Http.ActorOf(http), http.RequestAborted));

    private static async Task<IResult> EndSession(HttpContext http, FormState form) =>
        WireId.TryParse<SessionId>(http.Request.RouteValues["session"] as string, out var session)
            ? Told(http, Security, "The session has ended.", await http.RequestServices.GetRequiredService<ISessions>()
                .Revoke(session, Platform.Http.ActorOf(http), http.RequestAborted))
            : Results.NotFound();

    private static async Task<IResult> EndOthers(HttpContext http, FormState form)
    {
        var ended = await http.RequestServices.GetRequiredService<ISessions>()
            .RevokeOthers(Platform.Http.ActorOf(http), http.RequestAborted);
        var said = ended is { Ok: true, Value: not 1 } ? $"{ended.Value} sessions have ended." : "One session has ended.";
        return Told(http, Security, said, ended);
    }

    /// <summary>After a form without a page: what was done, or why not, on the page that it stands on.</summary>
    public static IResult Told<T>(HttpContext http, string path, string said, Result<T> result) =>
        result.Ok ? Pages.Done(http, path, said)
        : Errors.ErrorPages.WayOut(http, result.Refusal, path) ?? Pages.Failed(http, path, result.Refusal.Message);
}

/// <summary><c>/account</c></summary>
internal sealed class Profile : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => Pages.Show<ProfilePage>(
        form, (nameof(ProfilePage.User), await AccountRoutes.UserOf(http)));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var changed = await http.RequestServices.GetRequiredService<IUsers>().ChangeProfile(
            form.Trimmed("name"), form["timeZone"], Platform.Http.ActorOf(http), ct: http.RequestAborted);
        return changed.Ok
            ? Pages.Done(http, "/account", "Your profile is saved.")
            : await Show(http, form.Wrong(changed.Refusal));
    }
}

/// <summary><c>/account/email</c></summary>
internal sealed class Email : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Show<EmailPage>(form));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var asked = await http.RequestServices.GetRequiredService<IUsers>().AskEmailChange(
            form.Trimmed("email"), Platform.Http.ActorOf(http), http.RequestAborted);
        return asked.Ok
            ? Pages.Done(http, "/account", $"A link went to {form.Trimmed("email")}. Open it to take the address.")
            : await Show(http, form.Wrong(asked.Refusal, ("tenants.email-taken", "email")));
    }
}

/// <summary><c>/account/password</c></summary>
internal sealed class Password : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Show<PasswordPage>(form));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var changed = await http.RequestServices.GetRequiredService<IUsers>().ChangePassword(
            form["present"], form["password"], Platform.Http.ActorOf(http), http.RequestAborted);
        return changed.Ok
            ? Pages.Done(http, "/account/security", "Your password is changed. Your other sessions have ended.")
            : await Show(http, form.Wrong(
                changed.Refusal, ("auth.password-wrong", "present"), ("auth.password-weak", "password")));
    }
}

/// <summary><c>/account/prove?next=</c>: the step before what needs a fresh session.</summary>
internal sealed class Prove : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form)
    {
        var user = await AccountRoutes.UserOf(http);
        var next = Entry.EntryRoutes.NextOf(http, form);
        var wallets = http.RequestServices.GetRequiredService<IWallets>();
        var hasWallet = wallets.AreOffered
            && await wallets.List(Platform.Http.ActorOf(http), http.RequestAborted) is { Count: > 0 };
        return Pages.Show<ProvePage>(
            form, (nameof(ProvePage.Next), next), (nameof(ProvePage.Ways), await LoginRoutes.Proofs(http, next)),
            (nameof(ProvePage.HasPassword), user.HasPassword), (nameof(ProvePage.HasCode), user.HasTotp),
            (nameof(ProvePage.HasPasskey),
                user.HasPasskey && http.RequestServices.GetRequiredService<IPasskeys>().AreOffered),
            (nameof(ProvePage.HasWallet), hasWallet));
    }

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var password = form["password"];
        var code = form.Trimmed("code");
        var proved = await http.RequestServices.GetRequiredService<ISignIn>().StepUp(
            new StepUpProof(password.Length > 0 ? password : null, code.Length > 0 ? code : null),
            Platform.Http.ActorOf(http), http.RequestAborted);
        return proved.Ok
            ? Entry.SignIn.Begin(http, proved.Value, Entry.EntryRoutes.NextOf(http, form))
            : await Show(http, form.Wrong(
                proved.Refusal, ("auth.password-wrong", "password"), ("auth.code-wrong", "code")));
    }
}

/// <summary><c>/account/two-factor</c></summary>
internal sealed class TwoFactor : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form)
    {
        // Whatever was begun is shown again: the app may know its secret already.
        var waiting = await http.RequestServices.GetRequiredService<IFactors>()
            .PendingTotp(Platform.Http.ActorOf(http), http.RequestAborted);
        return waiting.Ok
            ? Pages.Show<TwoFactorPage>(form, (nameof(TwoFactorPage.Enrolment), waiting.Value))
            : Pages.Failed(http, "/account/security", waiting.Refusal.Message);
    }

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var factors = http.RequestServices.GetRequiredService<IFactors>();
        if (form.On("begin"))
        {
            var begun = await factors.EnrolTotp(Platform.Http.ActorOf(http), http.RequestAborted);
            return begun.Ok ? Pages.Done(http, "/account/two-factor") : await Show(http, form.Wrong(begun.Refusal));
        }
        var confirmed = await factors.ConfirmTotp(form.Trimmed("code"), Platform.Http.ActorOf(http), http.RequestAborted);
        return confirmed.Ok
            ? Pages.Show<RecoveryCodesPage>((nameof(RecoveryCodesPage.Codes), confirmed.Value.Codes))
            : await Show(http, form.Wrong(confirmed.Refusal, ("auth.code-wrong", "code")));
    }
}

/// <summary><c>/account/two-factor/remove</c></summary>
internal sealed class RemoveTwoFactor : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Ask(
        form, "Remove the second factor?",
        "Its codes are not asked for any more. Recovery codes end too, where no passkey is left.",
        "Remove second factor", "/account/security"));

    public static async Task<IResult> Send(HttpContext http, FormState form) => AccountRoutes.Told(
        http, "/account/security", "The second factor is removed.",
        await http.RequestServices.GetRequiredService<IFactors>().RemoveTotp(Platform.Http.ActorOf(http), http.RequestAborted));
}

/// <summary><c>/account/recovery-codes</c></summary>
internal sealed class RenewCodes : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Ask(
        form, "New recovery codes?",
        "The present ones end as soon as there are new ones.",
        "Make new codes", "/account/security", harmless: true));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var renewed = await http.RequestServices.GetRequiredService<IFactors>()
            .RenewRecoveryCodes(Platform.Http.ActorOf(http), http.RequestAborted);
        return renewed.Ok
            ? Pages.Show<RecoveryCodesPage>((nameof(RecoveryCodesPage.Codes), renewed.Value.Codes))
            : Pages.Failed(http, "/account/security", renewed.Refusal.Message);
    }
}
