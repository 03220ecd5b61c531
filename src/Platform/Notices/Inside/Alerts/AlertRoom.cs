using Microsoft.Extensions.Options;
using Sluice.Kernel;

namespace Sluice.Platform.Notices.Inside.Alerts;

/// <summary>The door to alert rules.</summary>
internal sealed class AlertRoom(
    AlertBook book, Evaluation evaluation, NoticeWrites writes, IOptions<AlertsOptions> options) : IAlerts
{
    public async Task<Result<AlertRule>> Create(
        OrganizationId organization, AlertRequest request, Actor actor, UnitOfWork? work = null, CancellationToken ct = default)
    {
        var unseen = Refusals.NoOrganization(organization.ToString());
        if (actor.Check(Permission.AlertsWrite, organization, unseen) is { } refusal) return refusal;
        var kept = AlertRules.Check(request);
        if (!kept.Ok) return kept.Refusal;
        return await writes.Run<AlertRule>(work, async work =>
        {
            if (await writes.Tenants.FindOrganization(organization, work, ct) is null) return unseen;
            await work.Execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [$"notices:{organization}"], ct);
            if (await AlertBook.Count(organization, work, ct) >= options.Value.RulesMax)
                return NoticeRefusals.AlertsMax(options.Value.RulesMax);
            var rule = new AlertRule(WireId.New<AlertId>(), organization, kept.Value, writes.Now, null);
            await AlertBook.Insert(rule, work, ct);
            await writes.Record(work, actor, "notices.alert.create", rule.Id.ToString(), organization, null, kept.Value, ct);
            return rule;
        }, ct);
    }

    public async Task<Result<IReadOnlyList<AlertRule>>> List(
        OrganizationId organization, Actor actor, CancellationToken ct = default) =>
        actor.Check(Permission.AlertsRead, organization, Refusals.NoOrganization(organization.ToString())) is { } refusal
            ? refusal
            : await book.List(organization, ct);

    public async Task<Result<AlertRule>> Find(AlertId id, Actor actor, CancellationToken ct = default)
    {
        var unknown = NoticeRefusals.NoAlert(id.ToString());
        if (await book.Find(id, ct) is not { } found) return unknown;
        return actor.Check(Permission.AlertsRead, found.Organization, unknown) is { } refusal ? refusal : found;
    }

    public Task<Result<AlertRule>> Change(
        AlertId id, AlertRequest request, Actor actor, long? version = null, CancellationToken ct = default) =>
        writes.Run<AlertRule>(null, async work =>
        {
            var unknown = NoticeRefusals.NoAlert(id.ToString());
            if (await AlertBook.Lock(id, work, ct) is not { } found) return unknown;
            if (actor.Check(Permission.AlertsWrite, found.Organization, unknown) is { } refusal) return refusal;
            if (version is not null && version != found.Version) return Versions.Stale;
            var kept = AlertRules.Check(request);
            if (!kept.Ok) return kept.Refusal;
            await AlertBook.Update(id, kept.Value, work, ct);
            await writes.Record(
                work, actor, "notices.alert.change", id.ToString(), found.Organization, found.Rule, kept.Value, ct);
            return (await AlertBook.Lock(id, work, ct))!;
        }, ct);

    public Task<Result<Done>> Delete(AlertId id, Actor actor, CancellationToken ct = default) =>
        writes.Run<Done>(null, async work =>
        {
            var unknown = NoticeRefusals.NoAlert(id.ToString());
            if (await AlertBook.Lock(id, work, ct) is not { } found) return unknown;
            if (actor.Check(Permission.AlertsWrite, found.Organization, unknown) is { } refusal) return refusal;
            await AlertBook.Delete(id, work, ct);
            await writes.Record(work, actor, "notices.alert.delete", id.ToString(), found.Organization, found.Rule, null, ct);
            return new Done();
        }, ct);

    public Task<int> Evaluate(CancellationToken ct = default) => evaluation.Run(ct);
}
