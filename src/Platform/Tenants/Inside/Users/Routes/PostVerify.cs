using Microsoft.AspNetCore.Http;
using Sluice.Platform.Tenants.Inside.SignIn.Routes;

namespace Sluice.Platform.Tenants.Inside.Users.Routes;

/// <summary><c>POST /auth/verify</c> {token}: the user, its address proved. <c>POST /auth/verify/resend</c>: 202.</summary>
internal static class PostVerify
{
    public static async Task<IResult> Handle(HttpContext http, IUsers users, CancellationToken ct)
    {
        var token = await Bodies.Read(http, at => at.Secret("token"), ct);
        return token.Ok ? Http.Answer(await users.Verify(token.Value, Http.ActorOf(http), ct)) : Http.Problem(token.Refusal);
    }

    public static async Task<IResult> Resend(HttpContext http, IUsers users, CancellationToken ct) =>
        Http.Answer(await users.ResendVerification(Http.ActorOf(http), ct), _ => Results.StatusCode(202));
}
