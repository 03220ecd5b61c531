using System.Globalization;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants.Inside.Sessions;

namespace Sluice.Platform.Tenants.Inside.Users;

/// <summary>A fact: this account asked for a link that proves its address.</summary>
internal sealed record VerificationWanted(UserId User);

/// <summary>A fact: somebody asked for a new password to an address, which may have an account or not.</summary>
internal sealed record ResetWanted(string Email);

/// <summary>A fact: this account wants to go over to another address.</summary>
internal sealed record EmailChangeWanted(UserId User, string Email);

/// <summary>
/// Decides what is mailed. What depends on whether an address has an account is decided after the request is answered, so that
/// neither the answer nor its time tells.
/// </summary>
internal sealed class Letters(LinkBook links, IOutbox outbox, IOptions<TenantsOptions> options)
    : ISubscriber<VerificationWanted>, ISubscriber<ResetWanted>, ISubscriber<EmailChangeWanted>
{
    public async Task Handle(VerificationWanted fact, UnitOfWork work, CancellationToken ct = default)
    {
        var user = await UserRows.Hold(fact.User, work, ct);
        if (user is null || user.IsVerified || user.SuspendedAt is not null) return;
        var owner = await work.Statement("SELECT name FROM tenants.users WHERE email_key = $1", user.Email)
            .Row(row => row.GetString(0), ct);
        // Its owner learns of it, and the new account cannot prove what is not its own.
        if (owner is not null)
        {
            await Send(user.Email, MailTemplates.AlreadySignedUp, owner, new() { ["link"] = Address("/sign-in") }, work, ct);
            return;
        }
        var link = await links.Make(LinkPurpose.Verify, user.Id, user.Email, work, ct);
        await SendLink(user.Email, MailTemplates.Verify, user.Name, Address("/verify", link.Text), link.ExpiresAt, work, ct);
    }

    public async Task Handle(ResetWanted fact, UnitOfWork work, CancellationToken ct = default)
    {
        // The account that proved the address; where none did, the oldest that names it.
        var user = await work.Statement($"""
            SELECT {UserRows.Columns} FROM tenants.users WHERE email = $1 AND suspended_at IS NULL
            ORDER BY email_key IS NULL, id LIMIT 1 FOR UPDATE
            """, fact.Email).Row(UserRows.Read, ct);
        if (user is null) return;
        var link = await links.Make(LinkPurpose.Reset, user.Id, user.Email, work, ct);
        await SendLink(user.Email, MailTemplates.Reset, user.Name, Address("/reset", link.Text), link.ExpiresAt, work, ct);
    }

    public async Task Handle(EmailChangeWanted fact, UnitOfWork work, CancellationToken ct = default)
    {
        var user = await UserRows.Hold(fact.User, work, ct);
        if (user is null || user.SuspendedAt is not null) return;
        var taken = await work.Statement("SELECT id FROM tenants.users WHERE email_key = $1", fact.Email)
            .Row(row => row.GetGuid(0), ct);
        // An address with an account is not told about another one's wish; the link never comes.
        if (taken != default && taken != user.Id.Value) return;
        var link = await links.Make(LinkPurpose.ChangeEmail, user.Id, fact.Email, work, ct);
        await SendLink(
            fact.Email, MailTemplates.ChangeEmail, user.Name, Address("/change-email", link.Text), link.ExpiresAt, work, ct);
    }

    public Task SendLink(
        string to, string template, string name, string link, DateTimeOffset expires, UnitOfWork work, CancellationToken ct) =>
        Send(to, template, name, new() { ["link"] = link, ["expires"] = Iso(expires) }, work, ct);

    /// <summary>Tells what was done, and from where.</summary>
    public Task Tell(
        User user, string template, Dictionary<string, string> values, Origin? from, UnitOfWork work, CancellationToken ct)
    {
        values["device"] = DeviceWords.Of(from?.Agent);
        values["network"] = from?.IpPrefix ?? "";
        return Say(user, template, values, work, ct);
    }

    /// <summary>Tells what is so.</summary>
    public Task Say(User user, string template, Dictionary<string, string> values, UnitOfWork work, CancellationToken ct) =>
        Send(user.Email, template, user.Name, values, work, ct);

    /// <summary>A page of the installation; what opens it stands behind.</summary>
    public string Address(string path, string? token = null) =>
        new Uri(options.Value.PublicUrl, token is null ? path : $"{path}?token={token}").ToString();

    /// <summary>A time as mails carry it.</summary>
    public static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private Task Send(
        string to, string template, string name, Dictionary<string, string> values, UnitOfWork work, CancellationToken ct)
    {
        values["name"] = name;
        values["installation"] = options.Value.InstallationName;
        return outbox.Record(new MailWanted(to, template, values), work, ct);
    }
}
