using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.SignIn;

namespace Sluice.Platform.Tenants.Inside.Wallets;

/// <summary>Signs in by a wallet.</summary>
internal sealed class WalletSignIns(
    WalletMessages messages, WalletSignUps signUps, WalletEntrance entrance, Attempts attempts)
{
    public async Task<Result<WalletStep>> SignIn(WalletAnswer answer, Origin from, CancellationToken ct)
    {
        // Before anything is looked at: a contract is asked over the network.
        Counter[] network = [AttemptLimits.Network(from)];
        if (await attempts.Take(network, ct) is { } tooMany) return tooMany;
        var key = await messages.Judge(WalletPurpose.SignIn, answer, null, ct);
        if (!key.Ok) return key.Refusal;
        await attempts.GiveBack(network, ct);
        var known = await entrance.Enter(key.Value, from, ct);
        if (!known.Ok) return known.Refusal;
        if (known.Value is { } step) return step;
        var opened = await signUps.Open(key.Value, from, ct);
        return opened.Ok ? new WalletStep(null, null, opened.Value) : opened.Refusal;
    }
}

/// <summary>What happens where somebody has the wallet.</summary>
internal sealed class WalletEntrance(IUnitsOfWork units, SessionBook sessions, SecondStep second, TimeProvider time)
{
    /// <summary>The next step of whose it is; null where it is nobody's.</summary>
    public Task<Result<WalletStep?>> Enter(WalletKey key, Origin from, CancellationToken ct) =>
        units.Write<WalletStep?>(null, async work =>
        {
            if (await WalletRows.Use(key, time.GetMicros(), work, ct) is not { } user) return (WalletStep?)null;
            if (user.SuspendedAt is not null) return SignInDesk.Suspended;
            return user.HasSecondFactor
                ? new WalletStep(null, await second.Ticket(user.Id, user.HasTotp, user.HasPasskey, work, ct, "wallet"), null)
                : new WalletStep(await sessions.Begin(user.Id, "wallet", from, work, ct), null, null);
        }, ct);
}
