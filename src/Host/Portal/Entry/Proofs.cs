using Sluice.Host.Portal.Forms;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Entry;

/// <summary>The ways in that are signed: forms that a script fills with what a passkey or a wallet made.</summary>
internal static class Proofs
{
    private const string WayIn = "signing in is for who is not signed in";

    public static void MapProofs(this RouteGroupBuilder portal)
    {
        portal.MapForm("/sign-in/passkey", ByPasskey).Anonymous(WayIn);
        portal.MapForm("/sign-in/code/passkey", SecondByPasskey).Anonymous("the ticket of the first step is what opens it");
        portal.MapForm("/sign-in/wallet", ByWallet).Anonymous(WayIn);
        portal.MapFormPage<WalletSignUp>("/sign-up/wallet").Anonymous("the wallet that signed is what opens it");
        portal.MapForm("/account/prove/passkey", ProveByPasskey).Requires(Permission.SelfSecurity);
        portal.MapForm("/account/prove/wallet", ProveByWallet).Requires(Permission.SelfSecurity);
    }

    /// <summary>What a passkey answered, for the one who asked; the question is used up.</summary>
    public static ChallengeAnswer PasskeyOf(HttpContext http, FormState form)
    {
        var answer = new ChallengeAnswer(form["credential"], ChallengeCookie.Read(http));
        ChallengeCookie.Clear(http);
        return answer;
    }

    /// <summary>What a wallet signed, with the line breaks that it had before the form was sent.</summary>
    public static WalletAnswer WalletOf(HttpContext http, FormState form)
    {
        var message = form["message"].ReplaceLineEndings("\n");
        var answer = new WalletAnswer(message, form["signature"], ChallengeCookie.Read(http));
        ChallengeCookie.Clear(http);
        return answer;
    }

    private static async Task<IResult> ByPasskey(HttpContext http, FormState form)
    {
        var begun = await http.RequestServices.GetRequiredService<IPasskeys>().SignIn(
            null, PasskeyOf(http, form), Platform.Http.OriginOf(http), http.RequestAborted);
        var next = EntryRoutes.NextOf(http, form);
        return begun.Ok
            ? SignIn.Begin(http, begun.Value, next)
            : Pages.Failed(http, With("/sign-in", next), begun.Refusal.Message);
    }

    private static async Task<IResult> SecondByPasskey(HttpContext http, FormState form)
    {
        if (Tickets.Read(http) is not { } ticket) return Pages.Failed(http, "/sign-in", "That took too long. Sign in again.");
        var begun = await http.RequestServices.GetRequiredService<IPasskeys>().SignIn(
            ticket.Ticket, PasskeyOf(http, form), Platform.Http.OriginOf(http), http.RequestAborted);
        var next = EntryRoutes.NextOf(http, form);
        if (!begun.Ok && begun.Refusal.Code != "auth.ticket-ended")
            return Pages.Failed(http, With("/sign-in/code", next), begun.Refusal.Message);
        Tickets.Clear(http);
        return begun.Ok ? SignIn.Begin(http, begun.Value, next) : Pages.Failed(http, "/sign-in", begun.Refusal.Message);
    }

    private static async Task<IResult> ByWallet(HttpContext http, FormState form)
    {
        var step = await http.RequestServices.GetRequiredService<IWallets>().SignIn(
            WalletOf(http, form), Platform.Http.OriginOf(http), http.RequestAborted);
        var next = EntryRoutes.NextOf(http, form);
        if (!step.Ok) return Pages.Failed(http, With("/sign-in", next), step.Refusal.Message);
        if (step.Value.Session is { } begun) return SignIn.Begin(http, begun, next);
        if (step.Value.SecondFactor is { } second)
        {
            Tickets.Write(http, second);
            return Pages.Done(http, With("/sign-in/code", next));
        }
        ChallengeCookie.Write(http, step.Value.SignUp!);
        return Pages.Done(http, With("/sign-up/wallet", next));
    }

    private static async Task<IResult> ProveByPasskey(HttpContext http, FormState form) =>
        await Proved(http, form, new StepUpProof(null, null, Passkey: PasskeyOf(http, form)));

    private static async Task<IResult> ProveByWallet(HttpContext http, FormState form) =>
        await Proved(http, form, new StepUpProof(null, null, Wallet: WalletOf(http, form)));

    private static async Task<IResult> Proved(HttpContext http, FormState form, StepUpProof proof)
    {
        var proved = await http.RequestServices.GetRequiredService<ISignIn>()
            .StepUp(proof, Platform.Http.ActorOf(http), http.RequestAborted);
        var next = EntryRoutes.NextOf(http, form);
        return proved.Ok
            ? SignIn.Begin(http, proved.Value, next)
            : Pages.Failed(http, With("/account/prove", next), proved.Refusal.Message);
    }

    private static string With(string path, string next) =>
        next.Length > 0 ? $"{path}?next={Uri.EscapeDataString(next)}" : path;
}

/// <summary><c>/sign-up/wallet</c>: the address of whoever signed with a wallet that nobody has.</summary>
internal sealed class WalletSignUp : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(
        ChallengeCookie.Read(http) is null
            ? Pages.Done(http, "/sign-in")
            : Pages.Show<WalletSignUpPage>(form, (nameof(WalletSignUpPage.Next), EntryRoutes.NextOf(http, form))));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var begun = await http.RequestServices.GetRequiredService<IWallets>().SignUp(
            ChallengeCookie.Read(http), SignUp.Read(form), Platform.Http.OriginOf(http), http.RequestAborted);
        if (begun.Ok)
        {
            ChallengeCookie.Clear(http);
            return SignIn.Begin(
                http, begun.Value, EntryRoutes.NextOf(http, form), SignUp.Welcome(http));
        }
        return begun.Refusal.Code == "auth.challenge-ended"
            ? Pages.Failed(http, "/sign-in", begun.Refusal.Message)
            : await Show(http, form.Wrong(begun.Refusal));
    }
}
