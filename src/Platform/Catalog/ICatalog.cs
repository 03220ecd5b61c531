using Sluice.Kernel;

namespace Sluice.Platform.Catalog;

/// <summary>Services, their prices, plans, and which organization is on which plan.</summary>
public interface ICatalog
{
    /// <summary>
    /// Imports a JSON catalog (docs/catalog.md). All or nothing: a refusal lists every fault with its path and fix,
    /// and nothing changes. Unchanged services keep their version; services that the file does not name stay as they
    /// are. Refused with 403 for anyone but an operator.
    /// </summary>
    Task<Result<ImportSummary>> ImportServices(
        string json, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>Imports plans (docs/plans.md) by the same rules as <see cref="ImportServices"/>.</summary>
    Task<Result<ImportSummary>> ImportPlans(
        string json, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>
    /// Current versions by name. References stand as they were written, literal credentials read <c>•••</c>: nothing
    /// secret leaves here; see <see cref="Load"/>.
    /// </summary>
    Task<IReadOnlyList<ServiceDefinition>> Services(CancellationToken ct = default);

    Task<ServiceDefinition?> FindService(string name, CancellationToken ct = default);

    /// <summary>Current versions by name, the built-in default plan included while none was imported.</summary>
    Task<IReadOnlyList<PlanDefinition>> Plans(CancellationToken ct = default);

    /// <summary>
    /// Puts an organization on a plan; it follows the plan's current version from then on. Refused for an unknown plan
    /// or organization, and for anyone but an operator.
    /// </summary>
    Task<Result<Done>> AssignPlan(
        OrganizationId organization, string plan, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>The plan an organization is on; the default plan when none was assigned.</summary>
    Task<PlanDefinition> PlanOf(OrganizationId organization, CancellationToken ct = default);

    /// <summary>
    /// All that the data plane reads, in one consistent state: services with credentials resolved, plans,
    /// assignments. <see cref="CatalogState.Revision"/> rises with every change.
    /// </summary>
    Task<CatalogState> Load(CancellationToken ct = default);

    /// <summary>The revision alone: cheap to poll.</summary>
    Task<long> Revision(CancellationToken ct = default);
}

/// <param name="Published">Names that got a new version.</param>
/// <param name="Unchanged">Names that stood already as imported.</param>
/// <param name="Warnings">What was imported but will not work yet, with the fix.</param>
public sealed record ImportSummary(
    IReadOnlyList<string> Published, IReadOnlyList<string> Unchanged, IReadOnlyList<string> Warnings);

/// <param name="Assignments">Plan name by organization.</param>
/// <param name="DefaultPlan">Name of the plan of organizations without assignment.</param>
public sealed record CatalogState(
    long Revision,
    IReadOnlyList<ServiceDefinition> Services,
    IReadOnlyList<PlanDefinition> Plans,
    IReadOnlyDictionary<OrganizationId, string> Assignments,
    string DefaultPlan)
{
    /// <summary>
    /// Upstreams left out of <see cref="Services"/> because a reference could not be resolved. An enabled service
    /// may thereby have no upstream at the moment.
    /// </summary>
    public IReadOnlyList<UpstreamOut> Out { get; init; } = [];
}

/// <param name="Reason">A sentence without any credential: which reference, and what to do.</param>
public sealed record UpstreamOut(string Service, string Upstream, string Reason);
