using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Catalog.Inside.Reading;

namespace Sluice.Platform.Catalog.Inside;

/// <summary>Publishes what is new, in one transaction with its trail and the next revision.</summary>
internal sealed class Importer(
    IUnitsOfWork units, IAudit audit, Resolver resolver, ISecretBox box, ImportSurroundings around)
{
    public Task<Result<ImportSummary>> Services(
        IReadOnlyList<ServiceDefinition> services, Actor actor, UnitOfWork? given, CancellationToken ct) =>
        units.Write<ImportSummary>(given, async work =>
        {
            await CatalogWrites.TakeTurn(work, ct);
            var faults = new Faults();
            List<Publication> changes = [];
            List<string> unchanged = [], warnings = [];
            for (var i = 0; i < services.Count; i++)
            {
                var stored = await CatalogWrites.FindService(services[i].Name, work, ct);
                if (Compare(services[i], stored, $"$.services[{i}]", faults, warnings) is { } change) changes.Add(change);
                else unchanged.Add(services[i].Name);
            }
            if (!faults.None) return Refuse(faults);
            var at = around.Time.GetMicros();
            foreach (var (next, old) in changes)
            {
                var sealedText = StoredJson.Write(Credentials.Seal(next, box));
                await CatalogWrites.Publish(next, sealedText, at, actor, work, ct);
            }
            foreach (var (next, old) in changes)
                await audit.Record(
                    new AuditEvent(
                        actor, "catalog.service.publish", next.Name, null,
                        old is null ? null : StoredJson.Write(Credentials.Masked(old)),
                        StoredJson.Write(Credentials.Masked(next))),
                    work, ct);
            if (changes.Count > 0) await CatalogWrites.RaiseRevision(work, ct);
            return new ImportSummary([.. changes.Select(change => change.Next.Name)], unchanged, warnings);
        }, ct);

    public Task<Result<ImportSummary>> Plans(
        IReadOnlyList<PlanDefinition> plans, Actor actor, UnitOfWork? given, CancellationToken ct) =>
        units.Write<ImportSummary>(given, async work =>
        {
            await CatalogWrites.TakeTurn(work, ct);
            var known = await CatalogWrites.ServiceNames(work, ct);
            List<(PlanDefinition Next, PlanDefinition? Old)> changes = [];
            List<string> unchanged = [], warnings = [];
            foreach (var plan in plans)
            {
                var old = await CatalogWrites.FindPlan(plan.Name, work, ct);
                warnings.AddRange(
                    from service in plan.Services
                    where service != "*" && !known.Contains(service)
                    select $"Plan {plan.Name} lists the service {service}, which is not in the catalog: import it.");
                if (old is not null && StoredJson.Write(old) == StoredJson.Write(plan)) unchanged.Add(plan.Name);
                else changes.Add((plan with { Version = (old?.Version ?? 0) + 1 }, old));
            }
            var at = around.Time.GetMicros();
            foreach (var (next, _) in changes)
                await CatalogWrites.Publish(next, StoredJson.Write(next), at, actor, work, ct);
            foreach (var (next, old) in changes)
                await audit.Record(
                    new AuditEvent(
                        actor, "catalog.plan.publish", next.Name, null, old is null ? null : StoredJson.Write(old),
                        StoredJson.Write(next)),
                    work, ct);
            if (changes.Count > 0) await CatalogWrites.RaiseRevision(work, ct);
            return new ImportSummary([.. changes.Select(change => change.Next.Name)], unchanged, warnings);
        }, ct);

    public Task<Result<Done>> Assign(
        OrganizationId organization, string plan, Actor actor, UnitOfWork? given, CancellationToken ct) =>
        units.Write<Done>(given, async work =>
        {
            if (around.Organizations is { } organizations && !await organizations.Exists(organization, ct))
                return Refusals.NoOrganization(organization.ToString());
            await CatalogWrites.TakeTurn(work, ct);
            var found = CatalogNames.WellFormed(plan) ? await CatalogWrites.FindPlan(plan, work, ct) : null;
            if (found is null && plan == PlanDefinition.Free.Name) found = PlanDefinition.Free;
            if (found is null)
                return Refusal.NotFound(
                    "catalog.plan-unknown", $"There is no plan {Faults.Quote(plan)}: GET /api/v1/plans lists them.");
            var before = await CatalogWrites.AssignedPlan(organization, work, ct);
            if (before == found.Name) return new Done();
            await CatalogWrites.Assign(organization, found, around.Time.GetMicros(), actor, work, ct);
            await audit.Record(
                new AuditEvent(
                    actor, "catalog.plan.assign", organization.ToString(), organization,
                    before is null ? null : $$"""{"plan":"{{before}}"}""", $$"""{"plan":"{{found.Name}}"}"""),
                work, ct);
            await CatalogWrites.RaiseRevision(work, ct);
            return new Done();
        }, ct);

    public static Refusal Refuse(Faults faults) => Refusal.Invalid(
        "catalog.file-invalid",
        $"The file has {faults.Count} {(faults.Count == 1 ? "fault" : "faults")}; nothing was changed.", faults.Listed());

    // Null when the service stands already as it is written. Both sides of a publication are in clear.
    private Publication? Compare(
        ServiceDefinition written, ServiceDefinition? stored, string path, Faults faults, List<string> warnings)
    {
        var unopened = false;
        var old = stored is null ? null : Credentials.Open(stored, box, (_, _) => unopened = true);
        var next = Credentials.Kept(written, old, (upstream, place) => faults.Add(
            $"{path}.upstreams[{Faults.Quote(upstream)}].{place}",
            $"is the mask {Credentials.Mask} of a credential that is not stored. Write a reference or the credential."));
        Warn(next, warnings);
        if (old is not null && !unopened && StoredJson.Write(old) == StoredJson.Write(next)) return null;
        return new Publication(next with { Version = (stored?.Version ?? 0) + 1 }, old);
    }

    private void Warn(ServiceDefinition service, List<string> warnings)
    {
        Credentials.Each(service, (upstream, place, value, secret) =>
        {
            var where = $"Service {service.Name}, upstream {upstream}, {place}";
            if (secret)
                warnings.Add(
                    $"{where}: a literal credential, stored encrypted. "
                    + "A reference (${env:NAME}) keeps it out of files.");
            if (service.Enabled)
                warnings.AddRange(
                    from reference in References.In(value)
                    let fault = resolver.Fault(reference)
                    where fault is not null
                    select $"{where}: {fault}");
            return value;
        });
    }

    private sealed record Publication(ServiceDefinition Next, ServiceDefinition? Old);
}

/// <summary>What an import asks of its surroundings.</summary>
internal sealed record ImportSurroundings(TimeProvider Time, IKnownOrganizations? Organizations);
