using Microsoft.AspNetCore.Http;
using Sluice.Platform.Tenants.Inside.SignIn.Routes;

namespace Sluice.Platform.Tenants.Inside.Users.Routes;

/// <summary><c>POST /me/password</c> {present, next}: 204; all other sessions have ended.</summary>
internal static class PostPassword
{
    public static async Task<IResult> Handle(HttpContext http, IUsers users, CancellationToken ct)
    {
        var body = await Bodies.Read(http, at => (Present: at.Secret("present"), Next: at.Secret("next")), ct);
        if (!body.Ok) return Http.Problem(body.Refusal);
        return Http.Answer(
            await users.ChangePassword(body.Value.Present, body.Value.Next, Http.ActorOf(http), ct), _ => Results.NoContent());
    }
}
