using Microsoft.AspNetCore.Http;
using Sluice.Platform.Tenants.Inside.Passkeys.Routes;
using Sluice.Platform.Tenants.Inside.Wallets.Routes;

namespace Sluice.Platform.Tenants.Inside.SignIn.Routes;

/// <summary>
/// <c>POST /auth/step-up</c> {password}, {code}, {passkey} or {wallet: {message, signature}}: the session is fresh for 15
/// minutes, and its cookie another one.
/// </summary>
internal static class PostStepUp
{
    public static async Task<IResult> Handle(HttpContext http, ISignIn signIn, CancellationToken ct)
    {
        var proof = await Bodies.Read(http, at => Read(at, http), ct);
        if (ChallengeCookie.Read(http) is not null) ChallengeCookie.Clear(http);
        return proof.Ok
            ? SessionAnswer.Of(http, await signIn.StepUp(proof.Value, Http.ActorOf(http), ct))
            : Http.Problem(proof.Refusal);
    }

    private static StepUpProof Read(ObjectAt at, HttpContext http) => new(
        at.OptionalSecret("password"), at.OptionalSecret("code"),
        at.OptionalCredential("passkey") is { } passkey ? new ChallengeAnswer(passkey, ChallengeCookie.Read(http)) : null,
        at.Object("wallet") is { } wallet ? Wallet(wallet, http) : null);

    private static WalletAnswer Wallet(ObjectAt at, HttpContext http)
    {
        var answer = at.Answer(http);
        at.Close();
        return answer;
    }
}
