using System.Globalization;
using Npgsql;
using Sluice.Chains.Evm;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Wallets;

/// <summary>Wallets as they stand in the table.</summary>
internal static class WalletRows
{
    public const string Columns = "id, name, address, chain_id, created_at, last_used_at";

    public static Wallet Read(NpgsqlDataReader row) => new(
        new WalletId(row.GetGuid(0)), row.GetString(1), new EvmAddress(row.GetFieldValue<byte[]>(2)).ToChecksum(),
        row.GetDecimal(3) == 0 ? null : row.GetDecimal(3).ToString(CultureInfo.InvariantCulture),
        row.GetFieldValue<DateTimeOffset>(4), row.Optional<DateTimeOffset?>(5));

    /// <summary>
    /// Who has this wallet, held until the end of the unit of work; null where nobody has. Its use is noted.
    /// </summary>
    public static async Task<User?> Use(WalletKey key, DateTimeOffset now, UnitOfWork work, CancellationToken ct)
    {
        var owner = await work.Statement(
            "SELECT user_id FROM tenants.wallets WHERE address = $1 AND chain_id = $2", key.Bytes, (decimal)key.ChainId)
            .Row(row => (Guid?)row.GetGuid(0), ct);
        // First the user, as where a wallet is unlinked: it may be gone by then.
        if (owner is not { } id || await UserRows.Hold(new UserId(id), work, ct) is not { } user) return null;
        var used = await work.Execute(
            "UPDATE tenants.wallets SET last_used_at = $4 WHERE address = $1 AND chain_id = $2 AND user_id = $3",
            [key.Bytes, (decimal)key.ChainId, id, now], ct);
        return used == 1 ? user : null;
    }

    /// <summary>False where somebody has it already.</summary>
    public static async Task<bool> Insert(
        WalletId id, UserId user, string name, WalletKey key, DateTimeOffset now, UnitOfWork work, CancellationToken ct) =>
        await work.Execute("""
            INSERT INTO tenants.wallets (id, user_id, name, address, chain_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (address, chain_id) DO NOTHING
            """, [id.Value, user.Value, name, key.Bytes, (decimal)key.ChainId, now], ct) == 1;
}
