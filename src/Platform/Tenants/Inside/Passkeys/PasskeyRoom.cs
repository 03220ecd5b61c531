using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Challenges;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Passkeys;

internal sealed class PasskeyRoom(
    IUnitsOfWork units, PasskeyBook book, PasskeyCeremonies ceremonies, PasskeySignIns signIns, ChallengeBook challenges,
    SecurityLog log)
    : IPasskeys
{
    private const string New = "passkey.new";

    internal const string StepUp = "passkey.step-up";

    public bool AreOffered => ceremonies.Shut is null;

    public async Task<IReadOnlyList<Passkey>> List(Actor actor, CancellationToken ct = default) =>
        actor.User is { } user ? await book.List(user, ct) : [];

    public async Task<Result<PasskeyRequest>> AskNew(Actor actor, CancellationToken ct = default)
    {
        if (Check(actor) is { } refusal) return refusal;
        var asked = await units.Write<Asked>(null, async work =>
        {
            var user = await PasskeyBook.Hold(actor, work, ct);
            return user.Ok ? await ceremonies.AskNew(user.Value, work, ct) : user.Refusal;
        }, ct);
        return await Keep(New, asked, actor, ct);
    }

    public async Task<Result<AddedPasskey>> Add(
        string? name, ChallengeAnswer answer, Actor actor, CancellationToken ct = default)
    {
        if (Check(actor) is { } refusal) return refusal;
        var called = Names.Check(string.IsNullOrWhiteSpace(name) ? DeviceWords.Of(actor.Origin?.Agent) : name);
        if (!called.Ok) return called.Refusal;
        var state = await challenges.Take(answer.Secret, New, actor.User, ct);
        if (!state.Ok) return state.Refusal;
        return await units.Write<AddedPasskey>(null, async work =>
        {
            var user = await PasskeyBook.Hold(actor, work, ct);
            if (!user.Ok) return user.Refusal;
            var made = await ceremonies.Made(user.Value, state.Value, answer.Credential, work, ct);
            return made.Ok
                ? await book.Add(user.Value, called.Value, made.Value, actor, work, ct)
                : made.Refusal with { Status = 422 };
        }, ct);
    }

    public Task<Result<Passkey>> Rename(PasskeyId id, string name, Actor actor, CancellationToken ct = default) =>
        book.Rename(id, name, actor, ct);

    public Task<Result<Done>> Remove(PasskeyId id, Actor actor, CancellationToken ct = default) => book.Remove(id, actor, ct);

    public Task<Result<PasskeyRequest>> AskSignIn(string? ticket, Origin from, CancellationToken ct = default) =>
        signIns.Ask(ticket, from, ct);

    public Task<Result<SignedIn>> SignIn(
        string? ticket, ChallengeAnswer answer, Origin from, CancellationToken ct = default) =>
        log.Watch("passkey", signIns.SignIn(ticket, answer, from, ct), from);

    public async Task<Result<PasskeyRequest>> AskStepUp(Actor actor, CancellationToken ct = default)
    {
        if (actor.User is not { } id || actor.Session is null) return SessionBook.None;
        if (ceremonies.Shut is { } shut) return shut;
        var asked = await units.Write<Asked>(null, async work =>
        {
            if (await UserRows.Hold(id, work, ct) is not { } user) return UserRows.Unknown;
            return user.HasPasskey ? await ceremonies.Ask(user, work, ct) : PasskeyBook.None;
        }, ct);
        return await Keep(StepUp, asked, actor, ct);
    }

    private async Task<Result<PasskeyRequest>> Keep(string purpose, Result<Asked> asked, Actor actor, CancellationToken ct)
    {
        if (!asked.Ok) return asked.Refusal;
        var made = await challenges.Make(purpose, actor.User, asked.Value.State, actor.Origin, ct);
        return made.Ok ? new PasskeyRequest(asked.Value.Options, made.Value) : made.Refusal;
    }

    private Refusal? Check(Actor actor) =>
        actor.Check(Permission.SelfSecurity, fresh: true) is { } refusal ? refusal
        : actor.Session is null ? SessionBook.None
        : ceremonies.Shut;
}
