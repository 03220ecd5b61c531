using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Factors.Routes;
using Sluice.Platform.Tenants.Inside.Sessions.Routes;
using Sluice.Platform.Tenants.Inside.SignIn.Routes;
using Sluice.Platform.Tenants.Inside.Users.Routes;

namespace Sluice.Platform.Tenants.Inside;

/// <summary>The routes of people: signing in, oneself, and users for operators.</summary>
internal static class SignInRoutes
{
    private const string WayIn = "Signing in is for who is not signed in.";
    private const string LinkOpens = "The link itself is what opens it.";

    public static void MapSignIn(this RouteGroupBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Sign-in");
        auth.MapPost("/sign-up", PostSignUp.Handle).Anonymous(WayIn);
        auth.MapPost("/sign-in", PostSignIn.Handle).Anonymous(WayIn);
        auth.MapPost("/second-factor", PostSignIn.SecondFactor).Anonymous("The ticket of the first step is what opens it.");
        auth.MapPost("/link", PostSignIn.Link).Anonymous(LinkOpens);
        auth.MapPost("/first-operator", PostSignUp.FirstOperator).Anonymous(LinkOpens);
        auth.MapPost("/reset", PostReset.Ask).Anonymous("Who forgot a password cannot sign in.");
        auth.MapPost("/reset/confirm", PostReset.Confirm).Anonymous(LinkOpens);
        auth.MapPost("/verify", PostVerify.Handle).Requires(Permission.SelfSecurity);
        auth.MapPost("/verify/resend", PostVerify.Resend).Requires(Permission.SelfSecurity);
        auth.MapPost("/step-up", PostStepUp.Handle).Requires(Permission.SelfSecurity);
        auth.MapPost("/sign-out", PostSignIn.SignOut).Requires(Permission.SelfSecurity);

        var me = api.MapGroup("/me").WithTags("Oneself");
        me.MapGet("", Me.Get).Requires(Permission.SelfRead);
        me.MapPatch("", Me.Patch).Requires(Permission.SelfWrite);
        me.MapPost("/password", PostPassword.Handle).Requires(Permission.SelfSecurity);
        me.MapPost("/email", PostEmail.Ask).Requires(Permission.SelfSecurity, fresh: true);
        me.MapPost("/email/confirm", PostEmail.Confirm).Requires(Permission.SelfSecurity);
        me.MapGet("/sessions", MySessions.List).Requires(Permission.SelfRead);
        me.MapPost("/sessions/{session}/revoke", MySessions.Revoke).Requires(Permission.SelfSecurity);
        me.MapPost("/sessions/revoke-others", MySessions.RevokeOthers).Requires(Permission.SelfSecurity);
        me.MapGet("/factors", MyFactors.Show).Requires(Permission.SelfRead);
        me.MapPost("/factors/totp", MyFactors.Enrol).Requires(Permission.SelfSecurity, fresh: true);
        me.MapPost("/factors/totp/confirm", MyFactors.Confirm).Requires(Permission.SelfSecurity, fresh: true);
        me.MapPost("/factors/totp/remove", MyFactors.Remove).Requires(Permission.SelfSecurity, fresh: true);
        me.MapPost("/factors/recovery-codes", MyFactors.Renew).Requires(Permission.SelfSecurity, fresh: true);

        var users = api.MapGroup("/users").WithTags("Users");
        users.MapGet("", GetUsers.List).Requires(Permission.UsersRead);
        users.MapGet("/{user}", GetUsers.One).Requires(Permission.UsersRead);
        users.MapPost("", PostUser.Create).Requires(Permission.UsersWrite, fresh: true);
        users.MapPost("/{user}/suspend", PostUser.Suspend).Requires(Permission.UsersWrite, fresh: true);
        users.MapPost("/{user}/resume", PostUser.Resume).Requires(Permission.UsersWrite, fresh: true);
        users.MapPost("/{user}/reset", PostUser.Reset).Requires(Permission.UsersWrite, fresh: true);
        users.MapPut("/{user}/platform-role", PostUser.ChangePlatformRole).Requires(Permission.UsersWrite, fresh: true);
    }
}
