using Sluice.Host.Portal.Forms;
using Sluice.Kernel;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Entry;

/// <summary><c>/verify?token=</c>: proves the address of whoever is signed in.</summary>
internal sealed class Verify : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Show<ConfirmPage>(
        form, (nameof(ConfirmPage.Title), "Confirm your address"), (nameof(ConfirmPage.Button), "Confirm address"),
        (nameof(ConfirmPage.Token), EntryRoutes.TokenOf(http, form))));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var proved = await http.RequestServices.GetRequiredService<IUsers>().Verify(
            EntryRoutes.TokenOf(http, form), Platform.Http.ActorOf(http), http.RequestAborted);
        return proved.Ok
            ? Pages.Done(http, SignIn.Home, $"{proved.Value.Email} is confirmed.")
            : await Show(http, form.Wrong(proved.Refusal));
    }
}

/// <summary><c>/change-email?token=</c>: takes the new address.</summary>
internal sealed class ChangeEmail : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Show<ConfirmPage>(
        form, (nameof(ConfirmPage.Title), "Take the new address"), (nameof(ConfirmPage.Button), "Use this address"),
        (nameof(ConfirmPage.Lead), "From then on you sign in with it. The old one is told."),
        (nameof(ConfirmPage.Token), EntryRoutes.TokenOf(http, form))));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var changed = await http.RequestServices.GetRequiredService<IUsers>().ConfirmEmailChange(
            EntryRoutes.TokenOf(http, form), Platform.Http.ActorOf(http), http.RequestAborted);
        return changed.Ok
            ? Pages.Done(http, "/account", $"Your address is {changed.Value.Email} now.")
            : await Show(http, form.Wrong(changed.Refusal));
    }
}

/// <summary><c>/invitation?token=</c>: what it says to a visitor, and joining for whoever is signed in.</summary>
internal sealed class InvitationLink : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form)
    {
        var token = EntryRoutes.TokenOf(http, form);
        var invitation = await http.RequestServices.GetRequiredService<IInvitations>().Find(token, http.RequestAborted);
        return Pages.Show<InvitationPage>(
            form, (nameof(InvitationPage.Invitation), invitation), (nameof(InvitationPage.Token), token));
    }

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (Actor.From(http.User) is null) return await Show(http, form.Wrong("Sign in first, then join."));
        var joined = await http.RequestServices.GetRequiredService<IInvitations>().Accept(
            EntryRoutes.TokenOf(http, form), Platform.Http.ActorOf(http), ct: http.RequestAborted);
        if (!joined.Ok) return await Show(http, form.Wrong(joined.Refusal));
        return Pages.Done(http, SignIn.Home, "You joined.");
    }
}
