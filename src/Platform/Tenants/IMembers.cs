using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// Who belongs to which organization, in which role. An organization that has an owner always keeps one. What the actor may
/// not see answers <c>tenants.organization-unknown</c>; people change roles with a fresh session.
/// </summary>
public interface IMembers
{
    /// <summary>Members by id, pages of at most 200.</summary>
    Task<Result<IReadOnlyList<Member>>> List(
        OrganizationId organization, Actor actor, UserId? after = null, int limit = 200, CancellationToken ct = default);

    /// <summary>One member.</summary>
    Task<Result<Member>> Find(OrganizationId organization, UserId user, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Gives a member another role. Only owners make and unmake owners; the last one stays. With a <paramref name="version"/> it
    /// is refused when the member has another one.
    /// </summary>
    Task<Result<Member>> ChangeRole(
        OrganizationId organization, UserId user, OrganizationRole role, Actor actor, UnitOfWork? work = null,
        long? version = null, CancellationToken ct = default);

    /// <summary>Takes a member out. Only owners take out owners; the last one stays.</summary>
    Task<Result<Done>> Remove(
        OrganizationId organization, UserId user, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>The actor itself goes. The last owner hands over first.</summary>
    Task<Result<Done>> Leave(
        OrganizationId organization, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>
    /// Makes a member with a verified address the owner, in place of the owner who asks, who becomes an admin. Where an
    /// operator asks, all present owners become admins.
    /// </summary>
    Task<Result<Member>> Transfer(
        OrganizationId organization, UserId to, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);
}

/// <param name="User">Who.</param>
/// <param name="Email">The account's address.</param>
/// <param name="IsVerified">Whether the person proved that it is theirs.</param>
/// <param name="Name">What the person is called.</param>
/// <param name="Role">What the person may do here.</param>
/// <param name="Since">When the person joined.</param>
public sealed record Member(
    UserId User, string Email, bool IsVerified, string Name, OrganizationRole Role, DateTimeOffset Since)
{
    /// <summary>Grows with every change of the role.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Version { get; init; } = 1;
}
