using System.Globalization;
using Microsoft.Extensions.Options;
using Sluice.Chains.Evm;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Challenges;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.SignIn;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Wallets;

/// <summary>
/// Makes accounts for wallets that nobody has. An account has an address for mail, which no wallet tells, so it is asked for
/// between the signature and the account; the browser that signed holds the place.
/// </summary>
internal sealed class WalletSignUps(
    IUnitsOfWork units, ChallengeBook challenges, Founding founding, WalletAccounts accounts, Attempts attempts,
    IOptions<TenantsOptions> options)
{
    private const string Purpose = "wallet.sign-up";

    private static readonly Refusal Unknown = new(
        "auth.wallet-unknown", "No account has this wallet: sign in in another way, and link it in your account.", 401);

    /// <summary>Opens signing up for a wallet that signed; refused where nobody may sign up.</summary>
    public Task<Result<Challenge>> Open(WalletKey key, Origin from, CancellationToken ct) =>
        options.Value.SignUp == SignUpPolicy.Closed
            ? Task.FromResult<Result<Challenge>>(Unknown)
            : challenges.Make(Purpose, null, Text(key), from, ct);

    public async Task<Result<SignedIn>> SignUp(string? secret, SignUpRequest request, Origin from, CancellationToken ct)
    {
        // First what can be mended: the signature counts once.
        if (options.Value.SignUp == SignUpPolicy.Closed) return SignUps.Closed;
        var read = SignUps.Read(request);
        if (!read.Ok) return read.Refusal;
        var (email, name) = read.Value;
        var invited = await founding.IsInvited(request.Invitation, email, ct);
        if (!invited && (options.Value.SignUp == SignUpPolicy.Invitation || request.Invitation is not null))
            return SignUps.InvitationNeeded;
        if (await attempts.Take(AttemptLimits.SignUps(email, from), ct) is { } tooMany) return tooMany;
        var state = await challenges.Take(secret, Purpose, null, ct);
        if (!state.Ok) return state.Refusal;
        return await units.Write<SignedIn>(null, async work =>
        {
            var user = await founding.Found(new Founder(email, name, null, Proved: invited), from, work, ct);
            return user.Ok ? await accounts.Begin(user.Value, Key(state.Value), from, work, ct) : user.Refusal;
        }, ct);
    }

    private static string Text(WalletKey key) => string.Create(CultureInfo.InvariantCulture, $"{key.ChainId} {key.Address}");

    private static WalletKey Key(string state)
    {
        var parts = state.Split(' ');
        return new WalletKey(EvmAddress.Read(parts[1]).Value, ulong.Parse(parts[0], CultureInfo.InvariantCulture));
    }
}

/// <summary>What a new account has of its wallet.</summary>
internal sealed class WalletAccounts(WalletBook book, SessionBook sessions)
{
    public async Task<Result<SignedIn>> Begin(
        UserId user, WalletKey key, Origin from, UnitOfWork work, CancellationToken ct)
    {
        var linked = await book.Link(user, null, key, UserRows.Actor(user, from), work, ct);
        return linked.Ok ? await sessions.Begin(user, "sign-up with a wallet", from, work, ct) : linked.Refusal;
    }
}
