using Microsoft.AspNetCore.Http;
using Sluice.Platform.Tenants.Inside.SignIn.Routes;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Wallets.Routes;

/// <summary>
/// <c>POST /auth/wallet/nonce</c> {address?, chainId?}: what to sign, with a cookie; <c>POST /auth/wallet</c> {message,
/// signature}: {user, session, expiresAt} with the session's, {secondFactor}, or {signUp: {expiresAt}}; <c>POST
/// /auth/wallet/sign-up</c> {email, name?, invitation?}.
/// </summary>
internal static class WalletSignIn
{
    public static async Task<IResult> Ask(HttpContext http, IWallets wallets, CancellationToken ct)
    {
        var wish = await Bodies.Read(http, at => at.Wish(), ct);
        return wish.Ok
            ? WalletFields.Request(http, await wallets.AskSignIn(wish.Value, Http.OriginOf(http), ct))
            : Http.Problem(wish.Refusal);
    }

    public static async Task<IResult> AskStepUp(HttpContext http, IWallets wallets, CancellationToken ct)
    {
        var wish = await Bodies.Read(http, at => at.Wish(), ct);
        return wish.Ok
            ? WalletFields.Request(http, await wallets.AskStepUp(wish.Value, Http.ActorOf(http), ct))
            : Http.Problem(wish.Refusal);
    }

    public static async Task<IResult> Post(HttpContext http, IWallets wallets, CancellationToken ct)
    {
        var answer = await Bodies.Read(http, at => at.Answer(http), ct);
        if (!answer.Ok) return Http.Problem(answer.Refusal);
        var step = await wallets.SignIn(answer.Value, Http.OriginOf(http), ct);
        if (step is { Ok: true, Value.SignUp: { } signUp })
        {
            ChallengeCookie.Write(http, signUp);
            return Results.Json(new { SignUp = new { signUp.ExpiresAt } }, Http.Json);
        }
        ChallengeCookie.Clear(http);
        if (!step.Ok) return Http.Problem(step.Refusal);
        return step.Value.Session is { } begun
            ? SessionAnswer.Of(http, begun)
            : Results.Json(new { step.Value.SecondFactor }, Http.Json);
    }

    public static async Task<IResult> SignUp(HttpContext http, IWallets wallets, CancellationToken ct)
    {
        var request = await Bodies.Read(
            http, at => new SignUpRequest(
                at.Email("email"), "", at.Find("name") is null ? null : at.Name("name"), at.OptionalSecret("invitation")), ct);
        if (!request.Ok) return Http.Problem(request.Refusal);
        var begun = await wallets.SignUp(ChallengeCookie.Read(http), request.Value, Http.OriginOf(http), ct);
        if (begun.Ok) ChallengeCookie.Clear(http);
        return SessionAnswer.Of(http, begun, StatusCodes.Status201Created);
    }
}
