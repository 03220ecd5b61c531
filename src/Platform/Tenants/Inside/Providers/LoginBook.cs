using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>
/// A person's own logins. The owner is told of each change by mail, and the last way in is never taken away.
/// </summary>
internal sealed class LoginBook(
    IUnitsOfWork units, LoginRows rows, ProviderBook providers, Journeys journeys, Letters letters, Means means) : ILogins
{
    public async Task<IReadOnlyList<Login>> List(Actor actor, CancellationToken ct = default)
    {
        if (actor.User is not { } user || !actor.May(Permission.SelfRead)) return [];
        return (await rows.Of(user, ct)).ConvertAll(row =>
        {
            var provider = providers.OfIssuer(row.Provider);
            return new Login(
                row.Id, provider?.Shown.Name, provider?.Label ?? row.Provider, row.Shown, row.CreatedAt, row.UsedAt);
        });
    }

    public Task<Result<Done>> Unlink(LoginId id, Actor actor, CancellationToken ct = default) =>
        units.Write<Done>(null, async work =>
        {
            if (actor.Check(Permission.SelfSecurity, fresh: true) is { } refusal) return refusal;
            if (await UserRows.Hold(actor.User!.Value, work, ct) is not { } user) return UserRows.Unknown;
            var logins = await LoginRows.Of(user.Id, work, ct);
            if (logins.Find(one => one.Id == id) is not { } login) return ProviderRefusals.NoLogin;
            await rows.Unlink(login, user.Id, actor, work, ct);
            // One that the settings name no longer let nobody in: it may go in any case.
            if (providers.OfIssuer(login.Provider) is not null && !await means.Are(user.Id, work, ct)) return Means.Last;
            await Tell(user, "removed", providers.OfIssuer(login.Provider)?.Label ?? login.Provider, actor.Origin, work, ct);
            return new Done();
        }, ct);

    public PendingLogin? Pending(string kept) =>
        journeys.OpenPending(kept) is { } pending ? new PendingLogin(pending.Email, pending.Label, kept) : null;

    public Task<Result<Done>> LinkPending(string kept, Actor actor, CancellationToken ct = default) =>
        units.Write<Done>(null, async work =>
        {
            if (actor.Check(Permission.SelfSecurity, fresh: true) is { } refusal) return refusal;
            if (journeys.OpenPending(kept) is not { } pending || providers.OfIssuer(pending.Issuer) is null)
                return ProviderRefusals.PendingEnded;
            if (await UserRows.Hold(actor.User!.Value, work, ct) is not { } user) return UserRows.Unknown;
            if (!user.IsVerified || user.Email != pending.Email) return ProviderRefusals.PendingForeign;
            return await Link(pending.Issuer, pending.Label, pending.Subject, pending.Shown, user, actor, work, ct);
        }, ct);

    /// <summary>Links what a journey came back with to the account that it left from.</summary>
    public Task<Result<Done>> Link(Provider provider, Identity identity, Actor actor, CancellationToken ct) =>
        units.Write<Done>(null, async work =>
        {
            // Asked when it left, and the journey may have been long.
            if (actor.Check(Permission.SelfSecurity, fresh: true) is { } refusal) return refusal;
            return await UserRows.Hold(actor.User!.Value, work, ct) is { SuspendedAt: null } user
                ? await Link(provider.Issuer, provider.Label, identity.Subject, identity.Shown, user, actor, work, ct)
                : UserRows.Unknown;
        }, ct);

    private async Task<Result<Done>> Link(
        string issuer, string label, string subject, string? shown, User user, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        if (await LoginRows.Owner(issuer, subject, work, ct) == user.Id) return new Done();
        var linked = await rows.Link(issuer, subject, shown, user.Id, actor, work, ct);
        if (linked.Ok) await Tell(user, "added", label, actor.Origin, work, ct);
        return linked;
    }

    private Task Tell(User user, string change, string label, Origin? from, UnitOfWork work, CancellationToken ct) =>
        letters.Tell(user, MailTemplates.LoginChanged, new() { ["change"] = change, ["provider"] = label }, from, work, ct);
}
