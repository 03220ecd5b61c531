using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sluice.Kernel;
using Sluice.Platform.Api;
using Sluice.Platform.Tenants.Inside.Factors.Routes;
using Sluice.Platform.Tenants.Inside.Organizations.Routes;
using Sluice.Platform.Tenants.Inside.Sessions.Routes;
using Sluice.Platform.Tenants.Inside.SignIn.Routes;
using Sluice.Platform.Tenants.Inside.Users;
using Sluice.Platform.Tenants.Inside.Users.Routes;

namespace Sluice.Platform.Tenants.Inside;

/// <summary>The routes of people: signing in, oneself, and users for operators.</summary>
internal static class SignInRoutes
{
    private const string UserUnknown = "tenants.user-unknown";
    private const string WayIn = "Signing in is for who is not signed in.";
    private const string LinkOpens = "The link itself is what opens it.";

    public static void MapSignIn(this RouteGroupBuilder api)
    {
        MapWaysIn(api.MapGroup("/auth").WithTags("Sign-in"));
        MapProofs(api.MapGroup("/auth").WithTags("Sign-in"));
        MapOneself(api.MapGroup("/me").WithTags("Oneself"));
        MapSecurity(api.MapGroup("/me").WithTags("Oneself"));
        MapUsers(api.MapGroup("/users").WithTags("Users"));
    }

    private static void MapWaysIn(RouteGroupBuilder auth)
    {
        auth.MapPost("/sign-up", PostSignUp.Handle).Anonymous(WayIn)
            .Does(
                "Make an account and sign in: the session is in the cookie __Host-sluice", "auth.sign-up-closed",
                "auth.invitation-needed", "auth.password-weak", "tenants.email-taken", "auth.too-many", "auth.busy")
            .Takes<SignUpBody>().Answers<SessionAnswer>(201);
        auth.MapPost("/sign-in", PostSignIn.Handle).Anonymous(WayIn)
            .Does(
                "Sign in by address and password: a session, or a ticket for the second factor", "auth.sign-in-refused",
                "auth.user-suspended", "auth.too-many", "auth.busy")
            .Takes<SignInBody>().Answers<SignInAnswer>();
        auth.MapPost("/second-factor", PostSignIn.SecondFactor).Anonymous("The ticket of the first step is what opens it.")
            .Does(
                "Finish signing in by a code of the authenticator app, or a recovery code", "auth.ticket-ended",
                "auth.code-wrong")
            .Takes<SecondFactorBody>().Answers<SessionAnswer>();
        auth.MapPost("/link", PostSignIn.Link).Anonymous(LinkOpens)
            .Does("Sign in by a one-time link of the console", "auth.link-ended", "auth.user-suspended")
            .Takes<LinkBody>().Answers<SessionAnswer>();
        auth.MapPost("/first-operator", PostSignUp.FirstOperator).Anonymous(LinkOpens)
            .Does(
                "Make the first operator by the link that the console printed, and sign in", "auth.link-ended",
                "tenants.operator-exists", "auth.password-weak", "tenants.email-taken")
            .Takes<FirstOperatorBody>().Answers<SessionAnswer>(201);
        auth.MapPost("/reset", PostReset.Ask).Anonymous("Who forgot a password cannot sign in.")
            .Does(
                "Have a link to a new password mailed; the answer is the same whether the address has an account or not",
                "notices.mail-closed", "auth.too-many")
            .Takes<EmailBody>().AnswersLater();
        auth.MapPost("/reset/confirm", PostReset.Confirm).Anonymous(LinkOpens)
            .Does(
                "Choose a new password by a mailed link; sign in afterwards", "auth.link-ended", "auth.password-weak",
                "auth.busy")
            .Takes<ResetBody>().AnswersNothing();
    }

    private static void MapProofs(RouteGroupBuilder auth)
    {
        auth.MapPost("/verify", PostVerify.Handle).Requires(Permission.SelfSecurity)
            .Does("Prove one's address by the mailed link", "auth.link-ended", "auth.link-foreign", "tenants.email-taken")
            .Takes<LinkBody>().Answers<User>();
        auth.MapPost("/verify/resend", PostVerify.Resend).Requires(Permission.SelfSecurity)
            .Does(
                "Have another link mailed that proves one's address", "tenants.email-proved", "notices.mail-closed",
                "auth.too-many")
            .AnswersLater();
        auth.MapPost("/step-up", PostStepUp.Handle).Requires(Permission.SelfSecurity)
            .Does(
                "Prove again who one is: for 15 minutes the session may do what asks for it", "auth.proof-missing",
                "auth.password-wrong", "auth.code-wrong", "auth.session-needed", "auth.too-many", "auth.busy")
            .Takes<StepUpBody>().Answers<SessionAnswer>();
        auth.MapPost("/sign-out", PostSignIn.SignOut).Requires(Permission.SelfSecurity)
            .Does("End the own session").AnswersNothing();
    }

    private static void MapOneself(RouteGroupBuilder me)
    {
        me.MapGet("", Me.Get).Requires(Permission.SelfRead)
            .Does("Show one's own account", UserUnknown).Answers<User>().Versioned();
        me.MapPatch("", Me.Patch).Requires(Permission.SelfWrite)
            .Does("Change one's name and time zone; what is absent stays").Takes<ProfileBody>().Answers<User>().Versioned();
        me.MapPost("/password", PostPassword.Handle).Requires(Permission.SelfSecurity)
            .Does(
                "Change one's password; all other sessions end", "auth.password-wrong", "auth.password-weak", "auth.too-many",
                "auth.busy")
            .Takes<PasswordBody>().AnswersNothing();
        me.MapPost("/email", PostEmail.Ask).Requires(Permission.SelfSecurity, fresh: true)
            .Does("Go over to another address: a link is mailed to it", "notices.mail-closed", "auth.too-many")
            .Takes<EmailBody>().AnswersLater();
        me.MapPost("/email/confirm", PostEmail.Confirm).Requires(Permission.SelfSecurity)
            .Does("Prove the other address by the mailed link", "auth.link-ended", "auth.link-foreign", "tenants.email-taken")
            .Takes<LinkBody>().Answers<User>();
        me.MapGet("/sessions", MySessions.List).Requires(Permission.SelfRead)
            .Does("List one's own sessions, the latest used first").AnswersAll<Session>();
        me.MapPost("/sessions/{session}/revoke", MySessions.Revoke).Requires(Permission.SelfSecurity)
            .Does("End one of one's own sessions at once", "tenants.session-unknown").AnswersNothing();
        me.MapPost("/sessions/revoke-others", MySessions.RevokeOthers).Requires(Permission.SelfSecurity)
            .Does("End all of one's own sessions but this one").Answers<RevokedSessions>();
    }

    private static void MapSecurity(RouteGroupBuilder me)
    {
        me.MapGet("/factors", MyFactors.Show).Requires(Permission.SelfRead)
            .Does("Show one's own second factors").Answers<FactorState>();
        me.MapPost("/factors/totp", MyFactors.Enrol).Requires(Permission.SelfSecurity, fresh: true)
            .Does("Begin with an authenticator app: its secret, to be confirmed by a code").Answers<TotpEnrolment>();
        me.MapPost("/factors/totp/confirm", MyFactors.Confirm).Requires(Permission.SelfSecurity, fresh: true)
            .Does(
                "Confirm the authenticator app by a code; answers recovery codes, this once", "auth.totp-not-begun",
                "auth.code-wrong", "auth.too-many")
            .Takes<CodeBody>().Answers<RecoveryCodes>();
        me.MapPost("/factors/totp/remove", MyFactors.Remove).Requires(Permission.SelfSecurity, fresh: true)
            .Does("Remove the authenticator app and its recovery codes", "auth.totp-none").AnswersNothing();
        me.MapPost("/factors/recovery-codes", MyFactors.Renew).Requires(Permission.SelfSecurity, fresh: true)
            .Does("Make ten new recovery codes; the old ones end", "auth.totp-none").Answers<RecoveryCodes>();
    }

    private static void MapUsers(RouteGroupBuilder users)
    {
        users.MapGet("", GetUsers.List).Requires(Permission.UsersRead)
            .Does("List people with an account")
            .Query("search", "A part of the address or the name.").Lists<User>(UserBook.PageMax);
        users.MapGet("/{user}", GetUsers.One).Requires(Permission.UsersRead)
            .Does("Show a person's account", UserUnknown).Answers<User>();
        users.MapGet("/{user}/ways-in", GetUsers.WaysIn).Requires(Permission.UsersRead)
            .Does("Show how a person gets in", UserUnknown).Answers<WaysIn>();
        users.MapPost("", PostUser.Create).Requires(Permission.UsersWrite, fresh: true).Idempotent()
            .Does("Make an account with a one-time link to a password", "tenants.email-taken")
            .Takes<NewUserBody>().Answers<CreatedUser>(201);
        users.MapPost("/{user}/suspend", PostUser.Suspend).Requires(Permission.UsersWrite, fresh: true)
            .Does(
                "Lock a person out: sessions and tokens are refused at once", UserUnknown, "tenants.operator-last",
                "tenants.why-invalid")
            .Takes<WhyBody>(optional: true).Answers<User>();
        users.MapPost("/{user}/resume", PostUser.Resume).Requires(Permission.UsersWrite, fresh: true)
            .Does("Let a suspended person in again", UserUnknown).Answers<User>();
        users.MapPost("/{user}/reset", PostUser.Reset).Requires(Permission.UsersWrite, fresh: true)
            .Does("Remove a lost second factor, end all sessions, make a one-time link to a password", UserUnknown)
            .Answers<ResetUser>();
        users.MapPut("/{user}/platform-role", PostUser.ChangePlatformRole).Requires(Permission.UsersWrite, fresh: true)
            .Does("Change what a person may do to the installation", UserUnknown, "tenants.operator-last")
            .Takes<PlatformRoleBody>().Answers<User>();
    }
}
