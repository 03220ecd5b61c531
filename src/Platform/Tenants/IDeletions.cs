using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// Deletion of organizations and accounts: planned first, and done by a job some days later
/// (<see cref="DataOptions.DeletionDays"/>), so that it can be taken back. Afterwards an empty row with the id is left, which
/// usage and the trail name. People ask with a fresh session.
/// </summary>
public interface IDeletions
{
    /// <summary>Days between the wish and the deletion; 0: at once.</summary>
    int Days { get; }

    /// <summary>
    /// Plans the deletion of an organization, which is suspended at once. Its owners and operators may; refused for owners
    /// where an operator suspended it (<c>tenants.organization-suspended</c>). Twice is no fault.
    /// </summary>
    Task<Result<Organization>> DeleteOrganization(
        OrganizationId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>
    /// Takes the plan back; the organization works again. Refused with <c>tenants.deletion-none</c> where there is none.
    /// </summary>
    Task<Result<Organization>> KeepOrganization(
        OrganizationId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>
    /// Plans the deletion of an account: with null of the actor's own, otherwise operators'. Organizations that it owns and
    /// nobody else belongs to are deleted with it. Refused where the person is the last owner of one with other members
    /// (<c>tenants.owner-last</c>), where an operator suspended one that would go with it
    /// (<c>tenants.organization-suspended</c>), and for the last operator (<c>tenants.operator-last</c>). Twice is no fault.
    /// </summary>
    Task<Result<User>> DeleteUser(UserId? id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>Takes the plan back. Refused with <c>tenants.deletion-none</c> where there is none.</summary>
    Task<Result<User>> KeepUser(UserId? id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>The organizations that would be deleted with the actor's account, and those that stand in the way.</summary>
    Task<Belongings> Belongings(Actor actor, CancellationToken ct = default);
}

/// <param name="Alone">Organizations that the person owns and nobody else belongs to.</param>
/// <param name="Led">Organizations with other members, of which the person is the last owner.</param>
public sealed record Belongings(IReadOnlyList<Organization> Alone, IReadOnlyList<Organization> Led);

/// <summary>A fact: an organization is deleted. Rooms above drop what they keep of it.</summary>
public sealed record OrganizationDeleted(OrganizationId Organization);

/// <summary>A fact: an account is deleted. Rooms above drop what they keep of the person.</summary>
/// <param name="User">Whose it was.</param>
/// <param name="Email">The address that was the person's; null where it was never proved.</param>
public sealed record UserDeleted(UserId User, string? Email);
