using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.SignIn;

/// <summary>The accounts that the settings name, and the console's link.</summary>
internal sealed class FirstOperators(
    IUnitsOfWork units, LinkBook links, Letters letters, Founding founding, Passwords passwords, IOptions<TenantsOptions> options)
    : IFirstOperators
{
    private static readonly Refusal PasswordMissing = Refusal.Invalid(
        "tenants.bootstrap-password", "SLUICE_BOOTSTRAP_PASSWORD_FILE and the address it is for belong together: set both.");

    public async Task<Result<OperatorLink?>> Ensure(CancellationToken ct = default)
    {
        var settings = options.Value;
        if (settings.BootstrapPassword is not null && settings.OperatorEmail is null && settings.ViewerEmail is null)
            return PasswordMissing;
        foreach (var (email, role) in new[]
        {
            (settings.OperatorEmail, PlatformRole.Operator), (settings.ViewerEmail, PlatformRole.Viewer),
        })
        {
            if (email is not null && await Make(email, role, ct) is { } refusal) return refusal;
        }
        return await units.Write<OperatorLink?>(null, async work => await Link(work, ct), ct);
    }

    private async Task<Refusal?> Make(string given, PlatformRole role, CancellationToken ct)
    {
        var email = EmailAddress.Check(given, "SLUICE_BOOTSTRAP_…_EMAIL");
        if (!email.Ok) return email.Refusal;
        if (options.Value.BootstrapPassword is not { } password) return null;
        await using var work = await units.Begin(ct);
        await work.Execute("SELECT pg_advisory_xact_lock($1)", [LinkSignIns.OperatorLock], ct);
        var made = await work.Statement(
            "SELECT EXISTS (SELECT FROM tenants.users WHERE email = $1 AND platform_role <> 'none')", email.Value)
            .Row(row => row.GetBoolean(0), ct);
        if (made) return null;
        var hash = await passwords.Hash(password, email.Value, ct, "SLUICE_BOOTSTRAP_PASSWORD");
        if (!hash.Ok) return hash.Refusal;
        var founder = new Founder(
            email.Value, email.Value[..email.Value.IndexOf('@', StringComparison.Ordinal)], hash.Value, role);
        // The address gives the role once it is proved: by a link that is mailed, or the one that the console prints.
        var user = await founding.Found(founder, null, work, ct, Actor.System);
        if (!user.Ok) return user.Refusal;
        await work.Commit(ct);
        return null;
    }

    private async Task<OperatorLink?> Link(UnitOfWork work, CancellationToken ct)
    {
        await work.Execute("SELECT pg_advisory_xact_lock($1)", [LinkSignIns.OperatorLock], ct);
        if (await LinkSignIns.HasOperator(work, ct)) return null;
        // Held before its links are touched, as letters do.
        var waiting = await work.Statement($"""
            SELECT {UserRows.Columns} FROM tenants.users
            WHERE platform_role = 'operator' AND suspended_at IS NULL AND email_key IS NULL ORDER BY id LIMIT 1 FOR UPDATE
            """).Row(UserRows.Read, ct);
        if (waiting is not null)
        {
            var proof = await links.Make(LinkPurpose.Verify, waiting.Id, waiting.Email, work, ct);
            return new OperatorLink(letters.Address("/verify", proof.Text), waiting.Email);
        }
        var link = await links.Make(LinkPurpose.FirstOperator, null, null, work, ct);
        return new OperatorLink(letters.Address("/first-operator", link.Text), null);
    }
}
