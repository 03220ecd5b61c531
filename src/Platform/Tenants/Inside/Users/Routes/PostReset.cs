using Microsoft.AspNetCore.Http;
using Sluice.Platform.Tenants.Inside.SignIn.Routes;

namespace Sluice.Platform.Tenants.Inside.Users.Routes;

/// <summary>
/// <c>POST /auth/reset</c> {email}: 202, whether the address has an account or not. <c>POST /auth/reset/confirm</c> {token,
/// password}: 204; sign in afterwards.
/// </summary>
internal static class PostReset
{
    public static async Task<IResult> Ask(HttpContext http, IUsers users, CancellationToken ct)
    {
        var email = await Bodies.Read(http, at => at.Email("email"), ct);
        return email.Ok
            ? Http.Answer(await users.AskReset(email.Value, Http.OriginOf(http), ct), _ => Results.StatusCode(202))
            : Http.Problem(email.Refusal);
    }

    public static async Task<IResult> Confirm(HttpContext http, IUsers users, CancellationToken ct)
    {
        var body = await Bodies.Read(http, at => (Token: at.Secret("token"), Password: at.Secret("password")), ct);
        if (!body.Ok) return Http.Problem(body.Refusal);
        return Http.Answer(
            await users.Reset(body.Value.Token, body.Value.Password, Http.OriginOf(http), ct), _ => Results.NoContent());
    }
}
