using Microsoft.AspNetCore.Http;
using Sluice.Platform.Tenants.Inside.SignIn.Routes;

namespace Sluice.Platform.Tenants.Inside.Users.Routes;

/// <summary><c>POST /me/email</c> {email}: 202, a link is on its way. <c>POST /me/email/confirm</c> {token}: the user.</summary>
internal static class PostEmail
{
    public static async Task<IResult> Ask(HttpContext http, IUsers users, CancellationToken ct)
    {
        var email = await Bodies.Read(http, at => at.Email("email"), ct);
        return email.Ok
            ? Http.Answer(await users.AskEmailChange(email.Value, Http.ActorOf(http), ct), _ => Results.StatusCode(202))
            : Http.Problem(email.Refusal);
    }

    public static async Task<IResult> Confirm(HttpContext http, IUsers users, CancellationToken ct)
    {
        var token = await Bodies.Read(http, at => at.Secret("token"), ct);
        return token.Ok
            ? Http.Answer(await users.ConfirmEmailChange(token.Value, Http.ActorOf(http), ct))
            : Http.Problem(token.Refusal);
    }
}
