using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Challenges;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.SignIn;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Passkeys;

/// <summary>Signs in by a passkey: alone, or as the second step after a password.</summary>
internal sealed class PasskeySignIns(
    IUnitsOfWork units, ChallengeBook challenges, PasskeyCeremonies ceremonies, LinkBook links, SessionBook sessions,
    Attempts attempts)
{
    private const string Alone = "passkey.sign-in";
    private const string Second = "passkey.second-factor";

    public async Task<Result<PasskeyRequest>> Ask(string? ticket, Origin from, CancellationToken ct)
    {
        if (ceremonies.Shut is { } shut) return shut;
        var asked = await units.Write<(UserId? User, Asked Asked)>(null, async work =>
        {
            if (ticket is null) return (null, await ceremonies.Ask(null, work, ct));
            var link = await links.Open(ticket, LinkPurpose.SecondFactor, work, ct);
            if (!link.Ok) return LinkRefusals.TicketEnded;
            if (await UserRows.Hold(link.Value.User!.Value, work, ct) is not { SuspendedAt: null } user)
                return SignInDesk.Suspended;
            return (user.Id, await ceremonies.Ask(user, work, ct));
        }, ct);
        if (!asked.Ok) return asked.Refusal;
        var made = await challenges.Make(
            ticket is null ? Alone : Second, asked.Value.User, asked.Value.Asked.State, from, ct);
        return made.Ok ? new PasskeyRequest(asked.Value.Asked.Options, made.Value) : made.Refusal;
    }

    public async Task<Result<SignedIn>> SignIn(string? ticket, ChallengeAnswer answer, Origin from, CancellationToken ct)
    {
        if (ceremonies.Shut is { } shut) return shut;
        Counter[] network = [AttemptLimits.Network(from)];
        if (await attempts.Take(network, ct) is { } tooMany) return tooMany;
        var begun = ticket is null ? await ByItself(answer, from, ct) : await AsSecond(ticket, answer, from, ct);
        if (begun.Ok) await attempts.GiveBack(network, ct);
        return begun;
    }

    private async Task<Result<SignedIn>> ByItself(ChallengeAnswer answer, Origin from, CancellationToken ct)
    {
        var state = await challenges.Take(answer.Secret, Alone, null, ct);
        if (!state.Ok) return state.Refusal;
        return await units.Write<SignedIn>(null, async work =>
        {
            var signed = await ceremonies.Signed(state.Value, answer.Credential, work, ct);
            if (!signed.Ok) return signed.Refusal;
            if (signed.Value.SuspendedAt is not null) return SignInDesk.Suspended;
            return await sessions.Begin(signed.Value.Id, "passkey", from, work, ct);
        }, ct);
    }

    private async Task<Result<SignedIn>> AsSecond(string ticket, ChallengeAnswer answer, Origin from, CancellationToken ct)
    {
        var peeked = await units.Write(null, work => links.Open(ticket, LinkPurpose.SecondFactor, work, ct), ct);
        if (!peeked.Ok) return LinkRefusals.TicketEnded;
        var state = await challenges.Take(answer.Secret, Second, peeked.Value.User, ct);
        if (!state.Ok) return state.Refusal;
        await using var work = await units.Begin(ct);
        var link = await links.Open(ticket, LinkPurpose.SecondFactor, work, ct);
        if (!link.Ok) return LinkRefusals.TicketEnded;
        var signed = await ceremonies.Signed(state.Value, answer.Credential, work, ct);
        if (!signed.Ok || signed.Value.Id != link.Value.User)
        {
            // What was missed counts, so it is kept although the sign-in is refused.
            await LinkBook.Miss(link.Value, work, ct);
            await work.Commit(ct);
            return PasskeyCeremonies.Refused;
        }
        if (signed.Value.SuspendedAt is not null) return SignInDesk.Suspended;
        await links.Use(link.Value, work, ct);
        var first = link.Value.Way is { } way ? $"{way}, then a " : "";
        var begun = await sessions.Begin(signed.Value.Id, $"{first}second step by passkey", from, work, ct);
        await work.Commit(ct);
        return begun;
    }
}
