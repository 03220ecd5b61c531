using Sluice.Kernel;

namespace Sluice.Platform.Notices;

/// <summary>Whom a notice of an organization reaches.</summary>
public interface IAudience
{
    /// <summary>The members who have a permission there, at most 1000.</summary>
    Task<IReadOnlyList<Person>> Of(OrganizationId organization, Permission permission, CancellationToken ct = default);
}

/// <param name="User">Who.</param>
/// <param name="Name">What the person is called.</param>
/// <param name="Email">Null where the address is not proved: nothing of the organization is mailed there.</param>
public sealed record Person(UserId User, string Name, string? Email);
