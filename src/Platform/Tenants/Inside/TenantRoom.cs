using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside;

internal sealed class TenantRoom(OrganizationBook organizations, TokenBook tokens) : ITenants
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

    public Task<Result<IssuedToken>> CreateToken(
        TokenRequest request, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        tokens.Create(request, actor, work, ct);

    public Task<Result<Done>> RevokeToken(
        TokenId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        tokens.Revoke(id, actor, work, ct);

    public Task<Actor?> Authenticate(string token, CancellationToken ct = default) => tokens.Authenticate(token, ct);
}
