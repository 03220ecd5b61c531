using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Users;

internal sealed class UserRoom(
    SignUps signUps, Proofs proofs, PasswordChanges changes, UserBook book, UserFacts facts, IMailGate gate) : IUsers
{
    public Task<Result<SignedIn>> SignUp(SignUpRequest request, Origin from, CancellationToken ct = default) =>
        signUps.SignUp(request, from, ct);

    public Task<Result<User>> Verify(string token, Actor actor, CancellationToken ct = default) =>
        proofs.Verify(token, actor, ct);

    public Task<Result<Done>> ResendVerification(Actor actor, CancellationToken ct = default) =>
        ByMail(() => proofs.Resend(actor, ct));

    public Task<Result<Done>> AskReset(string email, Origin from, CancellationToken ct = default) =>
        ByMail(() => changes.AskReset(email, from, ct));

    public Task<Result<Done>> Reset(string token, string password, Origin from, CancellationToken ct = default) =>
        changes.Reset(token, password, from, ct);

    public Task<Result<Done>> ChangePassword(string present, string next, Actor actor, CancellationToken ct = default) =>
        changes.Change(present, next, actor, ct);

    public Task<Result<Done>> AskEmailChange(string email, Actor actor, CancellationToken ct = default) =>
        ByMail(() => proofs.AskChange(email, actor, ct));

    public Task<Result<User>> ConfirmEmailChange(string token, Actor actor, CancellationToken ct = default) =>
        proofs.ConfirmChange(token, actor, ct);

    public Task<Result<User>> ChangeProfile(
        string? name, string? timeZone, Actor actor, long? version = null, CancellationToken ct = default) =>
        book.ChangeProfile(name, timeZone, version, actor, ct);

    public Task<User?> Find(UserId id, CancellationToken ct = default) => book.Find(id, ct);

    public Task<Result<User>> Show(UserId id, Actor actor, CancellationToken ct = default) => book.Show(id, actor, ct);

    public Task<IReadOnlyDictionary<UserId, string>> NamesOf(
        IReadOnlyCollection<UserId> users, Actor actor, CancellationToken ct = default) => facts.Names(users, actor, ct);

    public Task<Result<WaysIn>> WaysIn(UserId id, Actor actor, CancellationToken ct = default) => facts.Ways(id, actor, ct);

    public Task<Result<IReadOnlyList<User>>> List(
        Actor actor, UserId? after = null, int limit = UserBook.PageMax, string? search = null, CancellationToken ct = default) =>
        book.List(actor, after, limit, search, ct);

    public Task<Result<CreatedUser>> Create(
        NewUser request, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        book.Create(request, actor, work, ct);

    public Task<Result<User>> Suspend(UserId id, string? why, Actor actor, CancellationToken ct = default) =>
        book.Suspend(id, why, actor, ct);

    public Task<Result<User>> Resume(UserId id, Actor actor, CancellationToken ct = default) => book.Resume(id, actor, ct);

    public Task<Result<User>> ChangePlatformRole(UserId id, PlatformRole role, Actor actor, CancellationToken ct = default) =>
        book.ChangePlatformRole(id, role, actor, ct);

    public Task<Result<string>> SignInLink(UserId id, Actor actor, CancellationToken ct = default) =>
        book.SignInLink(id, actor, ct);

    public Task<Result<ResetUser>> ResetFactors(UserId id, Actor actor, CancellationToken ct = default) =>
        book.ResetFactors(id, actor, ct);

    // Before anything is looked up: that mail is closed is the same for every address.
    private Task<Result<Done>> ByMail(Func<Task<Result<Done>>> ask) =>
        gate.Closed is { } closed ? Task.FromResult<Result<Done>>(closed) : ask();
}
