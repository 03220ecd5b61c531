using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Catalog.Inside.Reading;

namespace Sluice.Platform.Catalog.Inside;

internal sealed partial class CatalogRoom(
    CatalogTables tables, Importer importer, Resolver resolver, ISecretBox box, IOptions<CatalogOptions> options,
    ILogger<CatalogRoom> log) : ICatalog
{
    public Task<Result<ImportSummary>> ImportServices(
        string json, Actor actor, UnitOfWork? work = null, CancellationToken ct = default)
    {
        if (actor.Check(Permission.ServicesWrite) is { } refusal) return Task.FromResult<Result<ImportSummary>>(refusal);
        var faults = new Faults();
        var services = ServicesReader.Read(json, faults);
        return faults.None
            ? importer.Services(services, actor, work, ct)
            : Task.FromResult<Result<ImportSummary>>(Importer.Refuse(faults));
    }

    public Task<Result<ImportSummary>> ImportPlans(
        string json, Actor actor, UnitOfWork? work = null, CancellationToken ct = default)
    {
        if (actor.Check(Permission.PlansWrite) is { } refusal) return Task.FromResult<Result<ImportSummary>>(refusal);
        var faults = new Faults();
        var plans = PlansReader.Read(json, faults);
        return faults.None
            ? importer.Plans(plans, actor, work, ct)
            : Task.FromResult<Result<ImportSummary>>(Importer.Refuse(faults));
    }

    public async Task<IReadOnlyList<ServiceDefinition>> Services(CancellationToken ct = default) =>
        [.. (await tables.Services(ct)).Select(Shown)];

    public async Task<ServiceDefinition?> FindService(string name, CancellationToken ct = default) =>
        CatalogNames.WellFormed(name) && await tables.FindService(name, ct) is { } service ? Shown(service) : null;

    public async Task<IReadOnlyList<PlanDefinition>> Plans(CancellationToken ct = default) =>
        WithFree(await tables.Plans(ct));

    public Task<Result<Done>> AssignPlan(
        OrganizationId organization, string plan, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        actor.Check(Permission.OrganizationsWrite) is { } refusal
            ? Task.FromResult<Result<Done>>(refusal)
            : importer.Assign(organization, plan, actor, work, ct);

    public async Task<PlanDefinition> PlanOf(OrganizationId organization, CancellationToken ct = default)
    {
        var plans = await Plans(ct);
        var name = await tables.AssignedPlan(organization, ct) ?? DefaultPlan(plans);
        return plans.FirstOrDefault(plan => plan.Name == name) ?? plans.First(plan => plan.Name == DefaultPlan(plans));
    }

    public async Task<CatalogState> Load(CancellationToken ct = default)
    {
        var stored = await tables.Load(ct);
        List<UpstreamOut> gone = [];
        List<ServiceDefinition> services = [];
        foreach (var service in stored.Services)
        {
            HashSet<string> locked = new(StringComparer.Ordinal);
            var opened = Credentials.Open(service, box, (upstream, place) =>
            {
                if (!locked.Add(upstream)) return;
                gone.Add(new UpstreamOut(
                    service.Name, upstream,
                    $"The stored {place} does not open: restore the key ring {options.Value.KeyRingFile}, "
                    + "or import the service anew."));
            });
            opened = opened with { Upstreams = [.. opened.Upstreams.Where(upstream => !locked.Contains(upstream.Name))] };
            services.Add(resolver.Resolve(opened, gone.Add));
        }
        // A disabled service waits for its upstream: shipped ones would fill the log otherwise.
        var enabled = stored.Services.Where(service => service.Enabled)
            .Select(service => service.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var upstream in gone.Where(upstream => enabled.Contains(upstream.Service)))
            UpstreamIsOut(upstream.Service, upstream.Upstream, upstream.Reason);
        var plans = WithFree(stored.Plans);
        return stored with { Services = services, Plans = plans, DefaultPlan = DefaultPlan(plans), Out = gone };
    }

    public Task<long> Revision(CancellationToken ct = default) => tables.Revision(ct);

    private ServiceDefinition Shown(ServiceDefinition stored)
    {
        // What does not open any more is still a credential: it is masked without having been read.
        HashSet<(string, string)> locked = [];
        var opened = Credentials.Open(stored, box, (upstream, place) => locked.Add((upstream, place)));
        return Credentials.Each(Credentials.Masked(opened), (upstream, place, value, _) =>
            locked.Contains((upstream, place)) ? Credentials.Mask : value);
    }

    private string DefaultPlan(IReadOnlyList<PlanDefinition> plans)
    {
        if (plans.Any(plan => plan.Name == options.Value.DefaultPlan)) return options.Value.DefaultPlan;
        DefaultPlanIsUnknown(options.Value.DefaultPlan, PlanDefinition.Free.Name);
        return PlanDefinition.Free.Name;
    }

    private static IReadOnlyList<PlanDefinition> WithFree(IReadOnlyList<PlanDefinition> plans) =>
        plans.Any(plan => plan.Name == PlanDefinition.Free.Name)
            ? plans
            : [.. plans.Append(PlanDefinition.Free).OrderBy(plan => plan.Name, StringComparer.Ordinal)];

    [LoggerMessage(4001, LogLevel.Warning, "Upstream {Upstream} of service {Service} is out: {Reason}")]
    private partial void UpstreamIsOut(string service, string upstream, string reason);

    [LoggerMessage(4002, LogLevel.Warning, "The default plan {Plan} is not in the catalog; {Instead} takes its place")]
    private partial void DefaultPlanIsUnknown(string plan, string instead);
}
