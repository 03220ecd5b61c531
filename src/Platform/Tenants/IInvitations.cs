using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// Invitations into organizations. One is for an address: whoever accepts it is signed in with an account whose verified
/// address is that one, so that a link passed on opens nothing.
/// </summary>
public interface IInvitations
{
    /// <summary>
    /// Invites an address and has the link mailed. Refused where it belongs to a member, is invited already, or too many are.
    /// </summary>
    Task<Result<Invitation>> Invite(
        OrganizationId organization, string email, OrganizationRole role, Actor actor, UnitOfWork? work = null,
        CancellationToken ct = default);

    /// <summary>Invitations that are neither accepted nor revoked, by creation, pages of at most 200.</summary>
    Task<Result<IReadOnlyList<Invitation>>> List(
        OrganizationId organization, Actor actor, InvitationId? after = null, int limit = 200, CancellationToken ct = default);

    /// <summary>Open invitations to the actor's own verified address.</summary>
    Task<IReadOnlyList<Invitation>> Mine(Actor actor, CancellationToken ct = default);

    /// <summary>What a link says, for the page that it opens; null where it is unknown, used, revoked or too old.</summary>
    Task<Invitation?> Find(string token, CancellationToken ct = default);

    /// <summary>Mails another link for the full time; the one before opens nothing any more.</summary>
    Task<Result<Invitation>> Resend(
        InvitationId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>Takes an invitation back. Twice is no fault.</summary>
    Task<Result<Done>> Revoke(InvitationId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>Joins by a link's token, which works once.</summary>
    Task<Result<Member>> Accept(string token, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>Joins by one of <see cref="Mine"/>.</summary>
    Task<Result<Member>> Accept(InvitationId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);
}

/// <param name="Id">Opens nothing; the link's token does.</param>
/// <param name="Organization">Where to.</param>
/// <param name="OrganizationName">What it is called.</param>
/// <param name="Email">Who, as addresses are kept.</param>
/// <param name="Role">What the person will be there.</param>
/// <param name="InvitedBy">The person who asked; null where a token did.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="SentAt">When its newest link was mailed.</param>
/// <param name="ExpiresAt">Until when it may be accepted.</param>
public sealed record Invitation(
    InvitationId Id, OrganizationId Organization, string OrganizationName, string Email, OrganizationRole Role,
    UserId? InvitedBy, DateTimeOffset CreatedAt, DateTimeOffset SentAt, DateTimeOffset ExpiresAt);
