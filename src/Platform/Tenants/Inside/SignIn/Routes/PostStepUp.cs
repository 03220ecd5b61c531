using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Tenants.Inside.SignIn.Routes;

/// <summary>
/// <c>POST /auth/step-up</c> {password} or {code}: the session is fresh for 15 minutes, and its cookie another one.
/// </summary>
internal static class PostStepUp
{
    public static async Task<IResult> Handle(HttpContext http, ISignIn signIn, CancellationToken ct)
    {
        var proof = await Bodies.Read(http, at => new StepUpProof(at.OptionalSecret("password"), at.OptionalSecret("code")), ct);
        return proof.Ok
            ? SessionAnswer.Of(http, await signIn.StepUp(proof.Value, Http.ActorOf(http), ct))
            : Http.Problem(proof.Refusal);
    }
}
