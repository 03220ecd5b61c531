using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.SignIn;

/// <summary>Signs in by what the console printed: a one-time link, or the one that makes the first operator.</summary>
internal sealed class LinkSignIns(
    IUnitsOfWork units, LinkBook links, SessionBook sessions, Passwords passwords, Founding founding)
{
    // "operator" in ASCII: two processes, or two links, make one first operator.
    internal const long OperatorLock = 0x6f70657261746f72;

    private static readonly Refusal ThereIsOne = Refusal.Conflict(
        "tenants.operator-exists", "There is an operator already: sign in, or have that one make you another.");

    public Task<Result<SignedIn>> WithLink(string token, Origin from, CancellationToken ct) =>
        units.Write<SignedIn>(null, async work =>
        {
            var link = await links.Open(token, LinkPurpose.SignIn, work, ct);
            if (!link.Ok) return link.Refusal;
            await links.Use(link.Value, work, ct);
            if (await UserRows.Hold(link.Value.User!.Value, work, ct) is not { SuspendedAt: null } user)
                return SignInDesk.Suspended;
            return await sessions.Begin(user.Id, "link", from, work, ct);
        }, ct);

    public async Task<Result<SignedIn>> FirstOperator(string token, SignUpRequest request, Origin from, CancellationToken ct)
    {
        var read = SignUps.Read(request);
        if (!read.Ok) return read.Refusal;
        var peeked = await units.Write(null, work => links.Open(token, LinkPurpose.FirstOperator, work, ct), ct);
        if (!peeked.Ok) return peeked.Refusal;
        var hash = await passwords.Hash(request.Password, read.Value.Email, ct);
        if (!hash.Ok) return hash.Refusal;
        return await units.Write<SignedIn>(null, async work =>
        {
            await work.Execute("SELECT pg_advisory_xact_lock($1)", [OperatorLock], ct);
            var link = await links.Open(token, LinkPurpose.FirstOperator, work, ct);
            if (!link.Ok) return link.Refusal;
            if (await HasOperator(work, ct)) return ThereIsOne;
            await links.Use(link.Value, work, ct);
            // Whoever reads the console owns the installation, and says which address is whose.
            var founder = new Founder(read.Value.Email, read.Value.Name, hash.Value, PlatformRole.Operator, Proved: true);
            var user = await founding.Found(founder, from, work, ct);
            return user.Ok ? await sessions.Begin(user.Value, "first operator's link", from, work, ct) : user.Refusal;
        }, ct);
    }

    public static Task<bool> HasOperator(UnitOfWork work, CancellationToken ct) => work.Statement("""
        SELECT EXISTS (SELECT FROM tenants.users
            WHERE platform_role = 'operator' AND suspended_at IS NULL AND email_verified_at IS NOT NULL)
        """).Row(row => row.GetBoolean(0), ct);
}
