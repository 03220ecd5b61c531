using System.Text.Json;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants.Inside.Sessions;

namespace Sluice.Platform.Tenants.Inside.Users;

/// <summary>Profiles, and what operators do with accounts.</summary>
internal sealed class UserBook(
    NpgsqlDataSource source, IUnitsOfWork units, IAudit audit, UserEndings endings, Founding founding, TimeProvider time)
{
    public const int PageMax = 200;

    private const int WhyMax = 500;

    public static readonly Refusal LastOperator = Refusal.Conflict(
        "tenants.operator-last", "This is the last operator: make another one first, or nobody can get in.");

    public Task<User?> Find(UserId id, CancellationToken ct) => UserRows.Find(id, source, ct);

    public async Task<Result<User>> Show(UserId id, Actor actor, CancellationToken ct)
    {
        if (actor.Check(Permission.UsersRead) is { } refusal) return refusal;
        if (await Find(id, ct) is not { } user) return UserRows.Unknown;
        await audit.RecordRead(actor, "tenants.user.read", id.ToString(), null, ct);
        return user;
    }

    public async Task<Result<IReadOnlyList<User>>> List(
        Actor actor, UserId? after, int limit, string? search, CancellationToken ct)
    {
        if (actor.Check(Permission.UsersRead) is { } refusal) return refusal;
        await audit.RecordRead(actor, "tenants.users.read", "all", null, ct);
        return await source.Statement($"""
            SELECT {UserRows.Columns} FROM tenants.users
            WHERE deleted_at IS NULL AND ($1::uuid IS NULL OR id > $1)
              AND ($2::text IS NULL OR strpos(email, lower($2)) > 0 OR strpos(lower(name), lower($2)) > 0)
            ORDER BY id LIMIT $3
            """, after?.Value, string.IsNullOrWhiteSpace(search) ? null : search.Trim(), Math.Clamp(limit, 1, PageMax + 1))
            .Rows(UserRows.Read, ct);
    }

    public Task<Result<User>> ChangeProfile(
        string? name, string? timeZone, long? version, Actor actor, CancellationToken ct) =>
        units.Write<User>(null, async work =>
        {
            if (actor.Check(Permission.SelfWrite) is { } refusal) return refusal;
            if (await UserRows.Hold(actor.User!.Value, work, ct) is not { } user) return UserRows.Unknown;
            if (version is not null && version != user.Version) return Versions.Stale;
            var read = Profile(name ?? user.Name, timeZone ?? user.TimeZone);
            if (!read.Ok) return read.Refusal;
            var changed = user with { Name = read.Value.Name, TimeZone = read.Value.TimeZone };
            if (changed == user) return user;
            await work.Execute(
                "UPDATE tenants.users SET name = $2, time_zone = $3 WHERE id = $1",
                [user.Id.Value, changed.Name, changed.TimeZone], ct);
            await Record(actor, "tenants.user.change-profile", user, new { user.Name, user.TimeZone },
                new { changed.Name, changed.TimeZone }, work, ct);
            return (await UserRows.Hold(user.Id, work, ct))!;
        }, ct);

    public Task<Result<CreatedUser>> Create(NewUser request, Actor actor, UnitOfWork? given, CancellationToken ct) =>
        units.Write<CreatedUser>(given, async work =>
        {
            if (actor.Check(Permission.UsersWrite, fresh: true) is { } refusal) return refusal;
            var read = SignUps.Read(new SignUpRequest(request.Email, "", request.Name));
            if (!read.Ok) return read.Refusal;
            var founder = new Founder(read.Value.Email, read.Value.Name, null, request.PlatformRole, Proved: true);
            var id = await founding.Found(founder, actor.Origin, work, ct, actor);
            if (!id.Ok) return id.Refusal;
            var user = (await UserRows.Hold(id.Value, work, ct))!;
            return new CreatedUser(user, await endings.ResetLink(user, work, ct));
        }, ct);

    public Task<Result<User>> Suspend(UserId id, string? why, Actor actor, CancellationToken ct) =>
        Change(id, actor, async (user, work) =>
        {
            var reason = why?.Trim() ?? "";
            if (reason.Length > WhyMax || Names.Hidden(reason) is not null)
                return Refusal.Invalid("tenants.why-invalid", $"The reason is one line of at most {WhyMax} characters.");
            if (user.SuspendedAt is not null) return user;
            if (await IsLastOperator(user, work, ct)) return LastOperator;
            await work.Execute(
                "UPDATE tenants.users SET suspended_at = $2, suspended_why = $3 WHERE id = $1",
                [id.Value, time.GetMicros(), reason.Length == 0 ? null : reason], ct);
            await endings.End(id, work, ct);
            await Record(actor, "tenants.user.suspend", user, null, new { Why = reason }, work, ct);
            return (await UserRows.Hold(id, work, ct))!;
        }, ct);

    public Task<Result<User>> Resume(UserId id, Actor actor, CancellationToken ct) => Change(id, actor, async (user, work) =>
    {
        if (user.SuspendedAt is null) return user;
        await work.Execute("UPDATE tenants.users SET suspended_at = NULL, suspended_why = NULL WHERE id = $1", [id.Value], ct);
        await Record(actor, "tenants.user.resume", user, null, null, work, ct);
        return user with { SuspendedAt = null, SuspendedWhy = null };
    }, ct);

    public Task<Result<User>> ChangePlatformRole(UserId id, PlatformRole role, Actor actor, CancellationToken ct) =>
        Change(id, actor, async (user, work) =>
        {
            if (user.PlatformRole == role) return user;
            if (await IsLastOperator(user, work, ct)) return LastOperator;
            await work.Execute("UPDATE tenants.users SET platform_role = $2 WHERE id = $1", [id.Value, UserRows.Text(role)], ct);
            await Record(
                actor, "tenants.user.change-platform-role", user, new { user.PlatformRole }, new { PlatformRole = role },
                work, ct);
            return user with { PlatformRole = role };
        }, ct);

    public Task<Result<ResetUser>> ResetFactors(UserId id, Actor actor, CancellationToken ct) =>
        units.Write<ResetUser>(null, async work =>
        {
            if (actor.Check(Permission.UsersWrite, fresh: true) is { } refusal) return refusal;
            if (await UserRows.Hold(id, work, ct) is not { } user) return UserRows.Unknown;
            await work.Execute("UPDATE tenants.users SET totp_secret = NULL, totp_pending = NULL WHERE id = $1", [id.Value], ct);
            await work.Execute("DELETE FROM tenants.recovery_codes WHERE user_id = $1", [id.Value], ct);
            await work.Execute("DELETE FROM tenants.passkeys WHERE user_id = $1", [id.Value], ct);
            await endings.End(id, work, ct);
            await Record(actor, "tenants.user.reset-factors", user, new { user.HasSecondFactor }, null, work, ct);
            return new ResetUser(user with { HasTotp = false, HasPasskey = false }, await endings.ResetLink(user, work, ct));
        }, ct);

    public Task<Result<string>> SignInLink(UserId id, Actor actor, CancellationToken ct) =>
        units.Write<string>(null, async work =>
        {
            if (actor.Kind != ActorKind.System) return Refusals.Denied(Permission.UsersWrite);
            if (await UserRows.Hold(id, work, ct) is not { SuspendedAt: null } user) return UserRows.Unknown;
            await Record(actor, "tenants.user.make-sign-in-link", user, null, null, work, ct);
            return await endings.SignInLink(user, work, ct);
        }, ct);

    private Task<Result<User>> Change(
        UserId id, Actor actor, Func<User, UnitOfWork, Task<Result<User>>> change, CancellationToken ct) =>
        units.Write<User>(null, async work =>
        {
            if (actor.Check(Permission.UsersWrite, fresh: true) is { } refusal) return refusal;
            return await UserRows.HoldAmongOperators(id, work, ct) is { } user
                ? await change(user, work)
                : UserRows.Unknown;
        }, ct);

    /// <summary>
    /// Whether nobody would be left to run the installation; of a user who is held among operators.
    /// </summary>
    public static async Task<bool> IsLastOperator(User user, UnitOfWork work, CancellationToken ct)
    {
        if (user is not { PlatformRole: PlatformRole.Operator, SuspendedAt: null, IsVerified: true }) return false;
        var operators = await work.Statement("""
            SELECT id FROM tenants.users
            WHERE platform_role = 'operator' AND suspended_at IS NULL AND email_verified_at IS NOT NULL ORDER BY id FOR UPDATE
            """).Rows(row => row.GetGuid(0), ct);
        return operators is [_];
    }

    private Task Record(
        Actor actor, string action, User user, object? before, object? after, UnitOfWork work, CancellationToken ct) =>
        audit.Record(new AuditEvent(actor, action, user.Id.ToString(), null, Text(before), Text(after)), work, ct);

    private static string? Text(object? values) => values is null ? null : JsonSerializer.Serialize(values, Http.Json);

    private static Result<(string Name, string TimeZone)> Profile(string name, string timeZone)
    {
        var faults = new Faults();
        if (Names.Fault(name.Trim()) is { } fault) faults.Add("name", fault);
        if (!IsTimeZone(timeZone)) faults.Add("timeZone", "is no time zone. Write it as in Europe/Berlin, or UTC.");
        return faults.None ? (name.Trim(), timeZone) : faults.Refuse();
    }

    private static bool IsTimeZone(string text) =>
        text.Length is > 0 and <= 64
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+')
        && (text == "UTC" || text.Contains('/', StringComparison.Ordinal)) && TimeZoneInfo.TryFindSystemTimeZoneById(text, out _);
}

/// <summary>Ends what lets a person in, and opens the one way back.</summary>
internal sealed class UserEndings(SessionBook sessions, LinkBook links, Letters letters)
{
    public async Task End(UserId user, UnitOfWork work, CancellationToken ct)
    {
        await sessions.End(user, null, work, ct);
        await links.End(user, LinkPurpose.OfUser, work, ct);
    }

    public async Task<string> SignInLink(User user, UnitOfWork work, CancellationToken ct) =>
        letters.Address("/sign-in/link", (await links.Make(LinkPurpose.SignIn, user.Id, user.Email, work, ct)).Text);

    public async Task<string> ResetLink(User user, UnitOfWork work, CancellationToken ct) =>
        letters.Address("/reset", (await links.Make(LinkPurpose.Reset, user.Id, user.Email, work, ct)).Text);
}
