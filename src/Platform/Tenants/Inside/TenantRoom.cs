using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Organizations;
using Sluice.Platform.Tenants.Inside.Tokens;

namespace Sluice.Platform.Tenants.Inside;

internal sealed class TenantRoom(OrganizationBook organizations, Suspensions suspensions, TokenBook tokens, TokenDoor door)
    : ITenants
{
    public Task<Result<Organization>> CreateOrganization(
        string name, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        organizations.Create(name, actor, work, ct);

    public Task<IReadOnlyList<Organization>> Organizations(
        Actor actor, OrganizationId? after = null, int limit = OrganizationBook.PageMax, CancellationToken ct = default) =>
        organizations.List(actor, after, limit, ct);

    public Task<Organization?> FindOrganization(OrganizationId id, CancellationToken ct = default) =>
        organizations.Find(id, ct);

    public Task<Organization?> FindOrganization(OrganizationId id, UnitOfWork work, CancellationToken ct = default) =>
        OrganizationBook.Find(id, work, ct);

    public Task<Result<Organization>> RenameOrganization(
        OrganizationId id, string name, Actor actor, UnitOfWork? work = null, long? version = null,
        CancellationToken ct = default) => organizations.Rename(id, name, version, actor, work, ct);

    public Task<Result<Organization>> SuspendOrganization(
        OrganizationId id, string? why, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        suspensions.Set(id, true, why, actor, work, ct);

    public Task<Result<Organization>> ResumeOrganization(
        OrganizationId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        suspensions.Set(id, false, null, actor, work, ct);

    public Task<Result<IssuedToken>> CreateToken(
        TokenRequest request, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        tokens.Create(request, actor, work, ct);

    public Task<Result<Done>> RevokeToken(
        TokenId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        tokens.Revoke(id, actor, work, ct);

    public Task<Actor?> Authenticate(string token, CancellationToken ct = default) => door.Authenticate(token, ct);
}
