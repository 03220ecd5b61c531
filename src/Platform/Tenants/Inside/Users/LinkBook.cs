using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Users;

/// <summary>Links that work once, for one hour, and tickets for five minutes. A newer one ends the older of its kind.</summary>
internal sealed class LinkBook(TimeProvider time)
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);
    private static readonly TimeSpan TicketLife = TimeSpan.FromMinutes(5);
    private const int TicketAttemptsMax = 5;

    /// <summary>Makes a link; the text is for the one who gets it, and kept nowhere.</summary>
    public async Task<MadeLink> Make(string purpose, UserId? user, string? email, UnitOfWork work, CancellationToken ct)
    {
        var text = SecretText.New();
        var now = time.GetMicros();
        var expires = now + (purpose == LinkPurpose.SecondFactor ? TicketLife : Life);
        // Two browsers may be between two steps of a sign-in at once.
        if (user is { } owner && purpose != LinkPurpose.SecondFactor)
        {
            await work.Execute(
                "UPDATE tenants.links SET used_at = $3 WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL",
                [owner.Value, purpose, now], ct);
        }
        await work.Execute("""
            INSERT INTO tenants.links (hash, purpose, user_id, email, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
            """, [SecretText.Hash(text), purpose, user?.Value, email, now, expires], ct);
        return new MadeLink(text, expires);
    }

    /// <summary>
    /// What a link stands for, locked until the end of the unit of work; refused when unknown, used or too old.
    /// </summary>
    public async Task<Result<Link>> Open(string token, string purpose, UnitOfWork work, CancellationToken ct)
    {
        if (SecretText.Hash(token) is not { } hash) return LinkRefusals.Ended;
        var found = await work.Statement("""
            SELECT user_id, email, attempts, way FROM tenants.links
            WHERE hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3 FOR UPDATE
            """, hash, purpose, time.GetMicros())
            .Row(row => new Link(
                hash, row.Optional<Guid?>(0) is { } id ? new UserId(id) : null, row.Optional<string>(1), row.GetInt32(2),
                row.Optional<string>(3)), ct);
        return found is null || found.Attempts >= TicketAttemptsMax ? LinkRefusals.Ended : found;
    }

    public Task Use(Link link, UnitOfWork work, CancellationToken ct) =>
        work.Execute("UPDATE tenants.links SET used_at = $2 WHERE hash = $1", [link.Hash, time.GetMicros()], ct);

    /// <summary>Notes a wrong code; after five the ticket is worth nothing.</summary>
    public static Task Miss(Link link, UnitOfWork work, CancellationToken ct) =>
        work.Execute("UPDATE tenants.links SET attempts = attempts + 1 WHERE hash = $1", [link.Hash], ct);

    /// <summary>Ends all of a user's links of these kinds.</summary>
    public Task End(UserId user, string[] purposes, UnitOfWork work, CancellationToken ct) => work.Execute(
        "UPDATE tenants.links SET used_at = $3 WHERE user_id = $1 AND purpose = ANY($2) AND used_at IS NULL",
        [user.Value, purposes, time.GetMicros()], ct);
}

/// <summary>What links are for.</summary>
internal static class LinkPurpose
{
    public const string Verify = "verify";
    public const string Reset = "reset";
    public const string ChangeEmail = "change-email";
    public const string SignIn = "sign-in";
    public const string SecondFactor = "second-factor";
    public const string FirstOperator = "first-operator";

    /// <summary>All that open something of one account.</summary>
    public static readonly string[] OfUser = [Verify, Reset, ChangeEmail, SignIn, SecondFactor];
}

internal static class LinkRefusals
{
    /// <summary>The same for what never was, was used, and came too late.</summary>
    public static readonly Refusal Ended = new(
        "auth.link-ended", "The link was used already, is too old, or is not whole: ask for another one.", 410);

    public static readonly Refusal TicketEnded = new(
        "auth.ticket-ended", "The sign-in took too long, or too many codes were wrong: begin again.", 401);

    public static readonly Refusal Foreign = Refusal.Conflict(
        "auth.link-foreign", "The link belongs to another account: sign in to that one, and open it again.");
}

internal sealed record MadeLink(string Text, DateTimeOffset ExpiresAt);

internal sealed record Link(byte[] Hash, UserId? User, string? Email, int Attempts, string? Way);
