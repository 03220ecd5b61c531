using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Sessions;

namespace Sluice.Platform.Tenants.Inside.SignIn;

internal sealed class SignInRoom(
    SignInDesk desk, SecondStep second, StepUps stepUps, LinkSignIns byLink, SessionBook sessions) : ISignIn
{
    public Task<Result<SignInStep>> WithPassword(string email, string password, Origin from, CancellationToken ct = default) =>
        desk.WithPassword(email, password, from, ct);

    public Task<Result<SignedIn>> WithSecondFactor(string ticket, string code, Origin from, CancellationToken ct = default) =>
        second.Take(ticket, code, from, ct);

    public Task<Result<SignedIn>> WithLink(string token, Origin from, CancellationToken ct = default) =>
        byLink.WithLink(token, from, ct);

    public Task<Result<SignedIn>> StepUp(StepUpProof proof, Actor actor, CancellationToken ct = default) =>
        stepUps.StepUp(proof, actor, ct);

    public async Task SignOut(Actor actor, CancellationToken ct = default)
    {
        // One that has ended already is out.
        if (actor.Session is { } session) await sessions.Revoke(session, actor, ct);
    }

    public Task<Result<SignedIn>> FirstOperator(
        string token, SignUpRequest request, Origin from, CancellationToken ct = default) =>
        byLink.FirstOperator(token, request, from, ct);
}
