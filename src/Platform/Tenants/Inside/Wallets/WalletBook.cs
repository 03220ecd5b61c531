using System.Text.Json;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Wallets;

/// <summary>The wallets of an account: which there are, and what changes them.</summary>
internal sealed class WalletBook(
    NpgsqlDataSource source, IUnitsOfWork units, IAudit audit, Letters letters, Means means, TimeProvider time)
{
    public const int WalletsMax = 20;

    private const int HeadCharacters = 6;
    private const int TailCharacters = 4;

    private static readonly Refusal Unknown = Refusal.NotFound("tenants.wallet-unknown", "There is no such wallet.");

    private static readonly Refusal Full = Refusal.Conflict(
        "tenants.wallets-full", $"An account has at most {WalletsMax} wallets: unlink one that you do not use.");

    public static readonly Refusal Foreign = Refusal.Invalid(
        "auth.wallet-foreign", "The wallet is not linked to your account: sign with one that is.");

    public static readonly Refusal Taken = Refusal.Conflict(
        "tenants.wallet-taken", "The wallet is linked to an account already: unlink it there first.");

    public async Task<IReadOnlyList<Wallet>> List(UserId user, CancellationToken ct) => await source.Statement(
        $"SELECT {WalletRows.Columns} FROM tenants.wallets WHERE user_id = $1 ORDER BY id", user.Value)
        .Rows(WalletRows.Read, ct);

    public Task<Result<Wallet>> Add(string? name, WalletKey key, Actor actor, CancellationToken ct) =>
        units.Write<Wallet>(null, async work =>
        {
            if (await UserRows.Hold(actor.User!.Value, work, ct) is not { SuspendedAt: null } user) return UserRows.Unknown;
            var count = await work.Statement("SELECT count(*)::int FROM tenants.wallets WHERE user_id = $1", user.Id.Value)
                .Row(row => row.GetInt32(0), ct);
            if (count >= WalletsMax) return Full;
            var added = await Link(user.Id, name, key, actor, work, ct);
            if (added.Ok) await Tell(user, "linked", added.Value, actor, work, ct);
            return added;
        }, ct);

    /// <summary>Gives a wallet to an account.</summary>
    public async Task<Result<Wallet>> Link(
        UserId user, string? name, WalletKey key, Actor by, UnitOfWork work, CancellationToken ct)
    {
        var address = key.Address.ToChecksum();
        var wallet = new Wallet(
            WireId.New<WalletId>(), name ?? $"{address[..HeadCharacters]}…{address[^TailCharacters..]}", address,
            key.ChainId == 0 ? null : key.ChainId.ToString(System.Globalization.CultureInfo.InvariantCulture), time.GetMicros(),
            null);
        if (!await WalletRows.Insert(wallet.Id, user, wallet.Name, key, wallet.CreatedAt, work, ct)) return Taken;
        await Record(by, "tenants.wallet.add", wallet.Id, null, new { wallet.Name, wallet.Address, wallet.ChainId }, work, ct);
        return wallet;
    }

    public Task<Result<Done>> Remove(WalletId id, Actor actor, CancellationToken ct) => units.Write<Done>(null, async work =>
    {
        if (actor.Check(Permission.SelfSecurity, fresh: true) is { } refusal) return refusal;
        if (await UserRows.Hold(actor.User!.Value, work, ct) is not { } user) return UserRows.Unknown;
        var wallet = await work.Statement(
            $"DELETE FROM tenants.wallets WHERE id = $1 AND user_id = $2 RETURNING {WalletRows.Columns}",
            id.Value, user.Id.Value).Row(WalletRows.Read, ct);
        if (wallet is null) return Unknown;
        if (!await means.Are(user.Id, work, ct)) return Means.Last;
        await Tell(user, "unlinked", wallet, actor, work, ct);
        await Record(
            actor, "tenants.wallet.remove", id, new { wallet.Name, wallet.Address, wallet.ChainId }, null, work, ct);
        return new Done();
    }, ct);

    private Task Tell(User user, string change, Wallet wallet, Actor actor, UnitOfWork work, CancellationToken ct) =>
        letters.Tell(
            user, MailTemplates.WalletChanged, new() { ["change"] = change, ["wallet"] = wallet.Address }, actor.Origin, work,
            ct);

    private Task Record(
        Actor actor, string action, WalletId id, object? before, object? after, UnitOfWork work, CancellationToken ct) =>
        audit.Record(new AuditEvent(actor, action, id.ToString(), null, Text(before), Text(after)), work, ct);

    private static string? Text(object? values) => values is null ? null : JsonSerializer.Serialize(values, Http.Json);
}
