using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Sessions;

namespace Sluice.Platform.Tenants.Inside.SignIn;

/// <summary>What begins is in the trail, with the way in; what fails is logged here, whoever asked.</summary>
internal sealed class SignInRoom(
    SignInDesk desk, SecondStep second, StepUps stepUps, LinkSignIns byLink, SessionBook sessions, SecurityLog log) : ISignIn
{
    public Task<Result<SignInStep>> WithPassword(string email, string password, Origin from, CancellationToken ct = default) =>
        log.Watch("password", desk.WithPassword(email, password, from, ct), from);

    public Task<Result<SignedIn>> WithSecondFactor(string ticket, string code, Origin from, CancellationToken ct = default) =>
        log.Watch("code", second.Take(ticket, code, from, ct), from);

    public Task<Result<SignedIn>> WithLink(string token, Origin from, CancellationToken ct = default) =>
        log.Watch("link", byLink.WithLink(token, from, ct), from);

    public Task<Result<SignedIn>> StepUp(StepUpProof proof, Actor actor, CancellationToken ct = default) =>
        log.Watch("step-up", stepUps.StepUp(proof, actor, ct), actor.Origin);

    public async Task SignOut(Actor actor, CancellationToken ct = default)
    {
        // One that has ended already is out.
        if (actor.Session is { } session) await sessions.Revoke(session, actor, ct);
    }

    public Task<Result<SignedIn>> FirstOperator(
        string token, SignUpRequest request, Origin from, CancellationToken ct = default) =>
        log.Watch("first operator's link", byLink.FirstOperator(token, request, from, ct), from);
}
