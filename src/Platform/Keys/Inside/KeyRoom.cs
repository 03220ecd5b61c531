using Sluice.Kernel;
using Sluice.Platform.Catalog;

namespace Sluice.Platform.Keys.Inside;

internal sealed class KeyRoom(AppBook apps, KeyBook keys) : IKeys
{
    public Task<Result<App>> CreateApp(
        OrganizationId organization, string name, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        apps.Create(organization, name, actor, work, ct);

    public Task<IReadOnlyList<App>> Apps(OrganizationId organization, Actor actor, CancellationToken ct = default) =>
        apps.List(organization, actor, null, AppBook.PageMax, ct);

    public Task<IReadOnlyList<App>> Apps(
        OrganizationId organization, Actor actor, AppId? after, int limit, CancellationToken ct = default) =>
        apps.List(organization, actor, after, limit, ct);

    public Task<App?> FindApp(AppId id, Actor actor, CancellationToken ct = default) => apps.Find(id, actor, null, ct);

    public Task<Result<App>> SetRules(
        AppId id, AppRules rules, Actor actor, UnitOfWork? work = null, long? version = null,
        CancellationToken ct = default) => apps.SetRules(id, rules, actor, work, version, ct);

    public Task<Result<App>> SetAppLimits(
        AppId id, LimitSet limits, Actor actor, UnitOfWork? work = null, long? version = null,
        CancellationToken ct = default) => apps.SetLimits(id, limits, actor, work, version, ct);

    public Task<Result<IssuedKey>> CreateKey(
        KeyRequest request, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        keys.Create(request, actor, work, ct);

    public Task<IReadOnlyList<Key>> Keys(AppId app, Actor actor, CancellationToken ct = default) =>
        keys.List(app, actor, null, KeyBook.PageMax, ct);

    public Task<IReadOnlyList<Key>> Keys(
        AppId app, Actor actor, KeyId? after, int limit, CancellationToken ct = default) =>
        keys.List(app, actor, after, limit, ct);

    public Task<Result<Done>> RevokeKey(KeyId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        keys.Revoke(id, actor, work, ct);

    public Task<Result<IssuedKey>> RotateKey(
        KeyId id, TimeSpan overlap, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        keys.Rotate(id, overlap, actor, work, ct);
}
