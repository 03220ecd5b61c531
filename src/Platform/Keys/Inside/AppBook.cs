using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Catalog;
using Sluice.Platform.Tenants;

namespace Sluice.Platform.Keys.Inside;

internal sealed class AppBook(NpgsqlDataSource source, ITenants tenants, ICatalog catalog, KeyWrites writes)
{
    public const int PageMax = 1000;

    private const string ById = $"SELECT {Columns.App} FROM keys.apps WHERE id = $1";

    public async Task<Result<App>> Create(
        OrganizationId organization, string name, Actor actor, UnitOfWork? given, CancellationToken ct)
    {
        if (actor.Check(Permission.AppsWrite, organization, Refusals.NoOrganization(organization.ToString())) is { } refusal)
            return refusal;
        var checkedName = Names.Check(name);
        if (!checkedName.Ok) return checkedName.Refusal;
        // Before the unit of work begins: whoever holds one connection must not wait for another.
        var plan = await catalog.PlanOf(organization, ct);
        return await writes.Run<App>(given, async work =>
        {
            if (await tenants.FindOrganization(organization, work, ct) is null)
                return Refusals.NoOrganization(organization.ToString());
            // The row of counts is locked from here on: apps of one organization are created one after the other.
            await work.Execute(
                "INSERT INTO keys.counts (organization_id) VALUES ($1) ON CONFLICT DO NOTHING", [organization.Value], ct);
            var taken = await work.Execute(
                "UPDATE keys.counts SET apps = apps + 1 WHERE organization_id = $1 AND apps < $2",
                [organization.Value, plan.AppsMax], ct);
            if (taken == 0) return KeyRefusals.AppsMax(plan);
            var namesake = await work.Statement(
                "SELECT true FROM keys.apps WHERE organization_id = $1 AND lower(name) = lower($2)",
                organization.Value, checkedName.Value).Row(row => row.GetBoolean(0), ct);
            if (namesake) return KeyRefusals.NameTaken(checkedName.Value);

            var app = new App(WireId.New<AppId>(), organization, checkedName.Value, new(), new(), writes.Now);
            await writes.Record(work, actor, "keys.app.create", app.Id.ToString(), organization, null, new { app.Name }, ct);
            return app with
            {
                Version = await work.Statement($"""
                    {KeyWrites.NextChange}
                    INSERT INTO keys.apps (id, organization_id, name, rules, created_at, change)
                    SELECT $1::uuid, $2::uuid, $3::text, $4::jsonb, $5::timestamptz, number FROM next RETURNING change
                    """, app.Id.Value, organization.Value, app.Name, Columns.WriteRules(app.Rules), app.CreatedAt)
                    .Row(row => row.GetInt64(0), ct),
            };
        }, ct);
    }

    public async Task<IReadOnlyList<App>> List(
        OrganizationId organization, Actor actor, AppId? after, int limit, CancellationToken ct)
    {
        if (!actor.May(Permission.AppsRead, organization)) return [];
        return await source.Statement($"""
            SELECT {Columns.App} FROM keys.apps
            WHERE organization_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3
            """, organization.Value, after?.Value, Math.Clamp(limit, 1, PageMax + 1)).Rows(Columns.ReadApp, ct);
    }

    public async Task<App?> Find(AppId id, Actor actor, UnitOfWork? work, CancellationToken ct)
    {
        var statement = work is null ? source.Statement(ById, id.Value) : work.Statement(ById, id.Value);
        var app = await statement.Row(Columns.ReadApp, ct);
        return app is not null && actor.May(Permission.AppsRead, app.Organization) ? app : null;
    }

    public async Task<Result<App>> SetRules(
        AppId id, AppRules rules, Actor actor, UnitOfWork? given, long? version, CancellationToken ct)
    {
        var services = await catalog.Services(ct);
        var result = RuleCheck.Check(rules, services.Select(s => s.Name).ToHashSet(StringComparer.Ordinal));
        if (!result.Ok) return result.Refusal;
        var kept = result.Value;
        return await writes.Run<App>(given, async work =>
        {
            var locked = await Lock(id, actor, Permission.RulesWrite, version, work, ct);
            if (!locked.Ok) return locked.Refusal;
            var app = locked.Value;
            if (kept.IsEmpty && await HasPublishableKeys(id, work, ct)) return KeyRefusals.KeepsRule;
            await writes.Record(
                work, actor, "keys.app.rules", id.ToString(), app.Organization, RulesBody.Of(app.Rules),
                RulesBody.Of(kept), ct);
            return app with
            {
                Rules = kept,
                Version = await work.Statement($"""
                    {KeyWrites.NextChange}
                    UPDATE keys.apps SET rules = $2::jsonb, change = next.number FROM next WHERE id = $1 RETURNING change
                    """, id.Value, Columns.WriteRules(kept)).Row(row => row.GetInt64(0), ct),
            };
        }, ct);
    }

    public async Task<Result<App>> SetLimits(
        AppId id, LimitSet limits, Actor actor, UnitOfWork? given, long? version, CancellationToken ct)
    {
        if (LimitCheck.Check(limits) is { } refusal) return refusal;
        return await writes.Run<App>(given, async work =>
        {
            var locked = await Lock(id, actor, Permission.LimitsWrite, version, work, ct);
            if (!locked.Ok) return locked.Refusal;
            var app = locked.Value;
            await writes.Record(
                work, actor, "keys.app.limits", id.ToString(), app.Organization, app.Limits, limits, ct);
            return app with
            {
                Limits = limits,
                Version = await work.Statement($"""
                    {KeyWrites.NextChange}
                    UPDATE keys.apps SET change = next.number, ({Columns.Limits}) = ROW ($2, $3, $4, $5, $6)
                    FROM next WHERE id = $1 RETURNING change
                    """, [id.Value, .. Columns.Values(limits)]).Row(row => row.GetInt64(0), ct),
            };
        }, ct);
    }

    private static async Task<Result<App>> Lock(
        AppId id, Actor actor, Permission permission, long? version, UnitOfWork work, CancellationToken ct)
    {
        var unknown = KeyRefusals.NoApp(id.ToString());
        if (await work.Statement(ById + " FOR UPDATE", id.Value).Row(Columns.ReadApp, ct) is not { } app) return unknown;
        if (actor.Check(permission, app.Organization, unknown) is { } refusal) return refusal;
        return version is null || version == app.Version ? app : Versions.Stale;
    }

    // Creating a publishable key holds the app's row too, so none comes into being beside this look.
    private async Task<bool> HasPublishableKeys(AppId id, UnitOfWork work, CancellationToken ct) =>
        await work.Statement("""
            SELECT true FROM keys.keys
            WHERE app_id = $1 AND kind = 1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2) LIMIT 1
            """, id.Value, writes.Now).Row(row => row.GetBoolean(0), ct);
}
