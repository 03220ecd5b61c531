using Microsoft.AspNetCore.Http;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.SignIn.Routes;

/// <summary>
/// <c>POST /auth/sign-up</c> {email, password, name?, invitation?} and <c>POST /auth/first-operator</c> {token, email, password,
/// name?}: {user, session, expiresAt} with the cookie.
/// </summary>
internal static class PostSignUp
{
    public static async Task<IResult> Handle(HttpContext http, IUsers users, CancellationToken ct)
    {
        var request = await Bodies.Read(http, Request, ct);
        if (!request.Ok) return Http.Problem(request.Refusal);
        return SessionAnswer.Of(
            http, await users.SignUp(request.Value, Http.OriginOf(http), ct), StatusCodes.Status201Created);
    }

    public static async Task<IResult> FirstOperator(HttpContext http, ISignIn signIn, CancellationToken ct)
    {
        var body = await Bodies.Read(http, at => (Token: at.Secret("token"), Request: Person(at)), ct);
        if (!body.Ok) return Http.Problem(body.Refusal);
        return SessionAnswer.Of(
            http, await signIn.FirstOperator(body.Value.Token, body.Value.Request, Http.OriginOf(http), ct),
            StatusCodes.Status201Created);
    }

    private static SignUpRequest Request(ObjectAt at) => Person(at) with { Invitation = at.OptionalSecret("invitation") };

    private static SignUpRequest Person(ObjectAt at) =>
        new(at.Email("email"), at.Secret("password"), at.Find("name") is null ? null : at.Name("name"));
}
