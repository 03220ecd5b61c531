using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants.Inside.Factors;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Passkeys;

/// <summary>The passkeys of an account: which there are, and what changes them.</summary>
internal sealed class PasskeyBook(
    NpgsqlDataSource source, IUnitsOfWork units, IAudit audit, Letters letters, Means means, TimeProvider time)
{
    public const int PasskeysMax = 20;

    private static readonly Refusal Unknown = Refusal.NotFound("tenants.passkey-unknown", "There is no such passkey.");

    public static readonly Refusal None = Refusal.Conflict("auth.passkey-none", "The account has no passkey.");

    private static readonly Refusal Full = Refusal.Conflict(
        "tenants.passkeys-full", $"An account has at most {PasskeysMax} passkeys: remove one that you do not use.");

    private static readonly Refusal Taken = Refusal.Conflict(
        "tenants.passkey-taken", "This passkey is in use already: take another device, or another account in it.");

    public async Task<IReadOnlyList<Passkey>> List(UserId user, CancellationToken ct) => await source.Statement(
        $"SELECT {PasskeyRows.Columns} FROM tenants.passkeys WHERE user_id = $1 ORDER BY id", user.Value)
        .Rows(PasskeyRows.Read, ct);

    /// <summary>The actor's own account, held; refused where it has as many passkeys as it may.</summary>
    public static async Task<Result<User>> Hold(Actor actor, UnitOfWork work, CancellationToken ct)
    {
        if (await UserRows.Hold(actor.User!.Value, work, ct) is not { SuspendedAt: null } user) return UserRows.Unknown;
        return await Count(user.Id, work, ct) >= PasskeysMax ? Full : user;
    }

    public async Task<Result<AddedPasskey>> Add(
        User user, string name, UserPasskeyInfo made, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        var passkey = new Passkey(WireId.New<PasskeyId>(), name, time.GetMicros(), null, made.IsBackedUp);
        if (!await PasskeyRows.Insert(passkey, user.Id, made, work, ct)) return Taken;
        var codes = user.HasSecondFactor ? null : await Codes.Renew(user.Id, work, ct);
        await Tell(user, "added", actor, work, ct);
        await Record(actor, "tenants.passkey.add", passkey.Id, null, new { passkey.Name, passkey.IsSynced }, work, ct);
        return new AddedPasskey(passkey, codes?.Codes);
    }

    public Task<Result<Passkey>> Rename(PasskeyId id, string name, Actor actor, CancellationToken ct) =>
        units.Write<Passkey>(null, async work =>
        {
            if (actor.Check(Permission.SelfSecurity) is { } refusal) return refusal;
            var read = Names.Check(name);
            if (!read.Ok) return read.Refusal;
            if (await Find(id, actor, work, ct) is not { } passkey) return Unknown;
            if (passkey.Name == read.Value) return passkey;
            await work.Execute("UPDATE tenants.passkeys SET name = $2 WHERE id = $1", [id.Value, read.Value], ct);
            await Record(actor, "tenants.passkey.rename", id, new { passkey.Name }, new { Name = read.Value }, work, ct);
            return passkey with { Name = read.Value };
        }, ct);

    public Task<Result<Done>> Remove(PasskeyId id, Actor actor, CancellationToken ct) =>
        units.Write<Done>(null, async work =>
        {
            if (actor.Check(Permission.SelfSecurity, fresh: true) is { } refusal) return refusal;
            // First the user, as where one is added or signs: then nobody counts what another takes away.
            if (await UserRows.Hold(actor.User!.Value, work, ct) is not { } user) return UserRows.Unknown;
            if (await Find(id, actor, work, ct) is not { } passkey) return Unknown;
            await work.Execute("DELETE FROM tenants.passkeys WHERE id = $1", [id.Value], ct);
            if (!await means.Are(user.Id, work, ct)) return Means.Last;
            if (!user.HasTotp && await Count(user.Id, work, ct) == 0)
                await work.Execute("DELETE FROM tenants.recovery_codes WHERE user_id = $1", [user.Id.Value], ct);
            await Tell(user, "removed", actor, work, ct);
            await Record(actor, "tenants.passkey.remove", id, new { passkey.Name }, null, work, ct);
            return new Done();
        }, ct);

    private static Task<int> Count(UserId user, UnitOfWork work, CancellationToken ct) => work.Statement(
        "SELECT count(*)::int FROM tenants.passkeys WHERE user_id = $1", user.Value).Row(row => row.GetInt32(0), ct);

    private static Task<Passkey?> Find(PasskeyId id, Actor actor, UnitOfWork work, CancellationToken ct) => work.Statement(
        $"SELECT {PasskeyRows.Columns} FROM tenants.passkeys WHERE id = $1 AND user_id = $2 FOR UPDATE",
        id.Value, actor.User!.Value.Value).Row(PasskeyRows.Read, ct);

    private Task Tell(User user, string change, Actor actor, UnitOfWork work, CancellationToken ct) =>
        letters.Tell(user, MailTemplates.PasskeyChanged, new() { ["change"] = change }, actor.Origin, work, ct);

    private Task Record(
        Actor actor, string action, PasskeyId id, object? before, object? after, UnitOfWork work, CancellationToken ct) =>
        audit.Record(new AuditEvent(actor, action, id.ToString(), null, Text(before), Text(after)), work, ct);

    private static string? Text(object? values) => values is null ? null : JsonSerializer.Serialize(values, Http.Json);
}
