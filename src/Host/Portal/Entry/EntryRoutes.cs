using Sluice.Host.Portal.Forms;
using Sluice.Kernel;
using Sluice.Platform;

namespace Sluice.Host.Portal.Entry;

/// <summary>The ways in: signing up and in, links from mails, invitations.</summary>
internal static class EntryRoutes
{
    private const string WayIn = "signing in is for who is not signed in";
    private const string LinkOpens = "the link itself is what opens it";

    public static void MapEntry(this RouteGroupBuilder portal)
    {
        portal.MapFormPage<SignIn>("/sign-in").Anonymous(WayIn);
        portal.MapFormPage<SecondFactor>("/sign-in/code").Anonymous("the ticket of the first step is what opens it");
        portal.MapFormPage<LinkSignIn>("/sign-in/link").Anonymous(LinkOpens);
        portal.MapFormPage<SignUp>("/sign-up").Anonymous(WayIn);
        portal.MapFormPage<FirstOperator>("/first-operator").Anonymous(LinkOpens);
        portal.MapFormPage<Reset>("/reset").Anonymous("who forgot a password cannot sign in");
        portal.MapFormPage<InvitationLink>("/invitation").Anonymous(LinkOpens);
        portal.MapFormPage<Verify>("/verify").Requires(Permission.SelfSecurity);
        portal.MapFormPage<ChangeEmail>("/change-email").Requires(Permission.SelfSecurity);
        portal.MapProofs();
        portal.MapForm("/sign-out", SignIn.Out).Requires(Permission.SelfSecurity);
        portal.MapProviders();
    }

    /// <summary>A link's token: from the address at first, from the form when it comes back.</summary>
    public static string TokenOf(HttpContext http, FormState form) =>
        form.Has("token") ? form["token"] : http.Request.Query["token"].ToString();

    /// <summary>Where to go afterwards, as far as it is a place of ours.</summary>
    public static string NextOf(HttpContext http, FormState form) =>
        Web.LocalPath.Or(form.Has("next") ? form["next"] : http.Request.Query["next"].ToString(), "");
}
