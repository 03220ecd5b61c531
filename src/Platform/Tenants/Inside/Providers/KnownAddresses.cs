using Npgsql;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>What is known of an address before anybody has an account with it.</summary>
internal sealed class KnownAddresses(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>Whether an account proved it.</summary>
    public Task<bool> HasAccount(string email, CancellationToken ct) => source.Statement(
        "SELECT EXISTS (SELECT FROM tenants.users WHERE email_key = $1)", email).Row(row => row.GetBoolean(0), ct);

    /// <summary>Whether an account waits for it to be proved, and has a platform role then.</summary>
    public Task<bool> IsForOperator(string email, CancellationToken ct) => source.Statement(
        "SELECT EXISTS (SELECT FROM tenants.users WHERE email = $1 AND email_key IS NULL AND platform_role <> 'none')", email)
        .Row(row => row.GetBoolean(0), ct);

    /// <summary>Whether an invitation to it is open. Who proved the address needs no link of a mail to it.</summary>
    public Task<bool> IsInvited(string email, CancellationToken ct) => source.Statement("""
        SELECT EXISTS (
            SELECT FROM tenants.invitations
            WHERE email = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2)
        """, email, time.GetMicros()).Row(row => row.GetBoolean(0), ct);
}
