using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Sessions;

namespace Sluice.Platform.Tenants.Inside.Wallets;

internal sealed class WalletRoom(
    WalletMessages messages, WalletBook book, WalletSignIns signIns, WalletSignUps signUps, SecurityLog log) : IWallets
{
    public bool AreOffered => messages.Shut is null;

    public Task<Result<WalletRequest>> AskSignIn(WalletWish wish, Origin from, CancellationToken ct = default) =>
        messages.Ask(WalletPurpose.SignIn, wish, null, from, ct);

    public async Task<Result<WalletRequest>> AskNew(WalletWish wish, Actor actor, CancellationToken ct = default) =>
        Check(actor, fresh: true) is { } refusal
            ? refusal
            : await messages.Ask(WalletPurpose.New, wish, actor.User, actor.Origin, ct);

    public async Task<Result<WalletRequest>> AskStepUp(WalletWish wish, Actor actor, CancellationToken ct = default) =>
        Check(actor, fresh: false) is { } refusal
            ? refusal
            : await messages.Ask(WalletPurpose.StepUp, wish, actor.User, actor.Origin, ct);

    public Task<Result<WalletStep>> SignIn(WalletAnswer answer, Origin from, CancellationToken ct = default) =>
        log.Watch("wallet", signIns.SignIn(answer, from, ct), from);

    public Task<Result<SignedIn>> SignUp(
        string? secret, SignUpRequest request, Origin from, CancellationToken ct = default) =>
        messages.Shut is { } shut ? Task.FromResult<Result<SignedIn>>(shut) : signUps.SignUp(secret, request, from, ct);

    public async Task<IReadOnlyList<Wallet>> List(Actor actor, CancellationToken ct = default) =>
        actor.User is { } user ? await book.List(user, ct) : [];

    public async Task<Result<Wallet>> Add(string? name, WalletAnswer answer, Actor actor, CancellationToken ct = default)
    {
        if (Check(actor, fresh: true) is { } refusal) return refusal;
        var called = name is null ? default(Result<string>?) : Names.Check(name);
        if (called is { Ok: false } fault) return fault.Refusal!;
        var key = await messages.Judge(WalletPurpose.New, answer, actor.User, ct);
        return key.Ok ? await book.Add(called?.Value, key.Value, actor, ct) : key.Refusal;
    }

    public Task<Result<Done>> Remove(WalletId id, Actor actor, CancellationToken ct = default) => book.Remove(id, actor, ct);

    private static Refusal? Check(Actor actor, bool fresh) =>
        actor.Check(Permission.SelfSecurity, fresh) is { } refusal ? refusal : actor.Session is null ? SessionBook.None : null;
}
