using Microsoft.AspNetCore.Http;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.SignIn.Routes;

/// <summary>
/// <c>POST /auth/sign-in</c> {email, password}: {user, session, expiresAt} with the cookie, or {secondFactor}.
/// <c>POST /auth/second-factor</c> {ticket, code}, <c>POST /auth/link</c> {token}, <c>POST /auth/sign-out</c>.
/// </summary>
internal static class PostSignIn
{
    public static async Task<IResult> Handle(HttpContext http, ISignIn signIn, CancellationToken ct)
    {
        var body = await Bodies.Read(http, at => (Email: at.Email("email"), Password: at.Secret("password")), ct);
        if (!body.Ok) return Http.Problem(body.Refusal);
        var step = await signIn.WithPassword(body.Value.Email, body.Value.Password, Http.OriginOf(http), ct);
        if (!step.Ok) return Http.Problem(step.Refusal);
        return step.Value.Session is { } begun
            ? SessionAnswer.Of(http, begun)
            : Results.Json(new { step.Value.SecondFactor }, Http.Json);
    }

    public static async Task<IResult> SecondFactor(HttpContext http, ISignIn signIn, CancellationToken ct)
    {
        var body = await Bodies.Read(http, at => (Ticket: at.Secret("ticket"), Code: at.Secret("code")), ct);
        if (!body.Ok) return Http.Problem(body.Refusal);
        return SessionAnswer.Of(
            http, await signIn.WithSecondFactor(body.Value.Ticket, body.Value.Code, Http.OriginOf(http), ct));
    }

    public static async Task<IResult> Link(HttpContext http, ISignIn signIn, CancellationToken ct)
    {
        var token = await Bodies.Read(http, at => at.Secret("token"), ct);
        return token.Ok
            ? SessionAnswer.Of(http, await signIn.WithLink(token.Value, Http.OriginOf(http), ct))
            : Http.Problem(token.Refusal);
    }

    public static async Task<IResult> SignOut(HttpContext http, ISignIn signIn, CancellationToken ct)
    {
        await signIn.SignOut(Http.ActorOf(http), ct);
        SessionCookie.Clear(http);
        return Results.NoContent();
    }
}
