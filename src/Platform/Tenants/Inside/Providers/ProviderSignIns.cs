using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.SignIn;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>
/// Signs in or up who came from a provider. A login that is known is who it was linked to. One that is not never gets into an
/// account that is there: its owner, who can sign in, links it from inside.
/// </summary>
internal sealed class ProviderSignIns(
    IUnitsOfWork units, LoginRows rows, ProviderSignUps signUps, Journeys journeys, SessionBook sessions, SecondStep second)
{
    public async Task<Result<ProviderArrival>> SignIn(
        Provider provider, Identity identity, string? next, Origin from, CancellationToken ct)
    {
        var arrival = new ProviderArrival(ProviderAim.SignIn, provider.Shown, next);
        var known = await units.Write<ProviderArrival?>(
            null, work => Known(provider, identity, arrival, from, work, ct), ct);
        if (!known.Ok) return known.Refusal;
        if (known.Value is not null) return known.Value;
        if (identity.Email is null) return ProviderRefusals.Unverified(provider.Label);
        if (await signUps.HasAccount(identity.Email, ct))
            return arrival with
            {
                Pending = new PendingLogin(
                    identity.Email, provider.Label, journeys.SealPending(provider.Issuer, provider.Label, identity)),
            };
        if (await signUps.Refuse(provider, identity.Email, from, ct) is { } refusal) return refusal;
        return await units.Write<ProviderArrival>(null, async work =>
        {
            var user = await signUps.Found(provider, identity, from, work, ct);
            if (!user.Ok) return user.Refusal;
            return arrival with
            {
                Session = await sessions.Begin(user.Value, $"sign-up with {provider.Shown.Name}", from, work, ct),
            };
        }, ct);
    }

    private async Task<Result<ProviderArrival?>> Known(
        Provider provider, Identity identity, ProviderArrival arrival, Origin from, UnitOfWork work, CancellationToken ct)
    {
        if (await LoginRows.Owner(provider.Issuer, identity.Subject, work, ct) is not { } owner) return (ProviderArrival?)null;
        if (await UserRows.Hold(owner, work, ct) is not { } user) return ProviderRefusals.State;
        if (user.SuspendedAt is not null) return SignInDesk.Suspended;
        // Taken away in this very moment.
        if (!await rows.Use(provider.Issuer, identity, user.Id, work, ct)) return ProviderRefusals.State;
        return user.HasSecondFactor
            ? arrival with
            {
                SecondFactor = await second.Ticket(
                    user.Id, user.HasTotp, user.HasPasskey, work, ct, provider.Shown.Name),
            }
            : arrival with
            {
                Session = await sessions.Begin(
                    user.Id, provider.Shown.Name, from, work, ct, await ProvedAt(identity, user.Id, work, ct)),
            };
    }

    // A provider lets in again whoever it let in before, without a question. Who has something else to prove with is asked for
    // that where it matters; who has nothing else proves it by signing in.
    private static async Task<DateTimeOffset?> ProvedAt(Identity identity, UserId user, UnitOfWork work, CancellationToken ct) =>
        await Means.AreOwn(user, work, ct) ? identity.ProvedAt ?? DateTimeOffset.UnixEpoch : null;
}

/// <summary>Accounts for people whom a provider vouches for, as far as the sign-up policy lets them.</summary>
internal sealed class ProviderSignUps(
    Founding founding, LoginRows rows, Attempts attempts, KnownAddresses addresses, IOptions<TenantsOptions> options)
{
    public Task<bool> HasAccount(string email, CancellationToken ct) => addresses.HasAccount(email, ct);

    /// <summary>Why nobody with this address signs up by this provider; null where somebody does.</summary>
    public async Task<Refusal?> Refuse(Provider provider, string email, Origin from, CancellationToken ct)
    {
        var settings = options.Value;
        if (settings.SignUp == SignUpPolicy.Closed) return SignUps.Closed;
        if (!provider.Settings.SignUp) return ProviderRefusals.SignUpClosed(provider.Label);
        // What a provider says makes nobody operator, and must not take the address from who is to be it.
        if (email == settings.OperatorEmail || email == settings.ViewerEmail || await addresses.IsForOperator(email, ct))
            return ProviderRefusals.Reserved(provider.Label);
        if (settings.SignUp == SignUpPolicy.Invitation && !await addresses.IsInvited(email, ct)) return SignUps.InvitationNeeded;
        return await attempts.Take(AttemptLimits.SignUps(email, from), ct);
    }

    public async Task<Result<UserId>> Found(
        Provider provider, Identity identity, Origin from, UnitOfWork work, CancellationToken ct)
    {
        var email = identity.Email!;
        var read = SignUps.Read(new SignUpRequest(email, "", identity.Name));
        if (!read.Ok) return read.Refusal;
        var user = await founding.Found(new Founder(email, read.Value.Name, null, Proved: true), from, work, ct);
        if (!user.Ok) return user.Refusal;
        // Somebody else of the same login was faster: this account is not made.
        var linked = await rows.Link(
            provider.Issuer, identity.Subject, identity.Shown, user.Value, UserRows.Actor(user.Value, from), work, ct);
        return linked.Ok ? user.Value : linked.Refusal;
    }
}
