using Sluice.Kernel;

namespace Sluice.Platform.Catalog;

/// <summary>
/// Asked before an organization is put on a plan. Catalog may not open Tenants, so the host wires it; without it
/// every id is taken as known.
/// </summary>
public interface IKnownOrganizations
{
    Task<bool> Exists(OrganizationId organization, CancellationToken ct = default);
}
