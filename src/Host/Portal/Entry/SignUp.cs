using Microsoft.Extensions.Options;
using Sluice.Host.Portal.Forms;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Entry;

/// <summary><c>/sign-up</c>, with the token of an invitation where there is one.</summary>
internal sealed class SignUp : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form)
    {
        var token = EntryRoutes.TokenOf(http, form);
        var policy = http.RequestServices.GetRequiredService<IOptions<TenantsOptions>>().Value.SignUp;
        var closed = policy == SignUpPolicy.Closed || (policy == SignUpPolicy.Invitation && token.Length == 0);
        return Task.FromResult(Pages.Show<SignUpPage>(
            form, (nameof(SignUpPage.Token), token), (nameof(SignUpPage.Closed), closed),
            (nameof(SignUpPage.Email), http.Request.Query["email"].ToString()),
            // The invitation's own address is proved by its link, which a wallet does not carry along.
            (nameof(SignUpPage.Wallets),
                token.Length == 0 && http.RequestServices.GetRequiredService<IWallets>().AreOffered),
            (nameof(SignUpPage.Next), token.Length > 0
                ? $"/invitation?token={Uri.EscapeDataString(token)}"
                : EntryRoutes.NextOf(http, form))));
    }

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var token = EntryRoutes.TokenOf(http, form);
        var begun = await http.RequestServices.GetRequiredService<IUsers>().SignUp(
            Read(form) with { Invitation = token.Length > 0 ? token : null }, Platform.Http.OriginOf(http), http.RequestAborted);
        if (!begun.Ok) return await Show(http, form.Wrong(begun.Refusal, ("auth.password-weak", "password")));
        return token.Length > 0
            ? SignIn.Begin(http, begun.Value, $"/invitation?token={Uri.EscapeDataString(token)}")
            : SignIn.Begin(
                http, begun.Value, EntryRoutes.NextOf(http, form), Welcome(http));
    }

    /// <summary>What a new account is told, where its address is not confirmed yet.</summary>
    public static string Welcome(HttpContext http) =>
        http.RequestServices.GetRequiredService<IMailGate>().Closed is null
            ? "Welcome. Confirm your address by the link in your mail."
            : "Welcome. Mail is closed here, so nobody can confirm your address yet.";

    public static SignUpRequest Read(FormState form) => new(
        form.Trimmed("email"), form["password"], form.Trimmed("name") is { Length: > 0 } name ? name : null);
}

/// <summary><c>/first-operator?token=</c>: the link that the console prints while there is no operator.</summary>
internal sealed class FirstOperator : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Show<SignUpPage>(
        form, (nameof(SignUpPage.Token), EntryRoutes.TokenOf(http, form)), (nameof(SignUpPage.Operator), true)));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var begun = await http.RequestServices.GetRequiredService<ISignIn>().FirstOperator(
            EntryRoutes.TokenOf(http, form), SignUp.Read(form), Platform.Http.OriginOf(http), http.RequestAborted);
        return begun.Ok
            ? SignIn.Begin(http, begun.Value, "/operator", "You are the operator of this installation.")
            : await Show(http, form.Wrong(begun.Refusal, ("auth.password-weak", "password")));
    }
}

/// <summary><c>/reset</c>: asking for a link, and choosing a password by it.</summary>
internal sealed class Reset : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Show<ResetPage>(
        form, (nameof(ResetPage.Token), EntryRoutes.TokenOf(http, form)),
        (nameof(ResetPage.Sent), http.Request.Query.ContainsKey("sent") && !form.IsWrong)));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var users = http.RequestServices.GetRequiredService<IUsers>();
        var from = Platform.Http.OriginOf(http);
        if (!form.Has("token"))
        {
            var asked = await users.AskReset(form.Trimmed("email"), from, http.RequestAborted);
            return asked.Ok ? Pages.Done(http, "/reset?sent") : await Show(http, form.Wrong(asked.Refusal));
        }
        var done = await users.Reset(form["token"], form["password"], from, http.RequestAborted);
        if (!done.Ok) return await Show(http, form.Wrong(done.Refusal, ("auth.password-weak", "password")));
        SessionCookie.Clear(http);
        return Pages.Done(http, "/sign-in", "Your password is set. Sign in with it.");
    }
}
