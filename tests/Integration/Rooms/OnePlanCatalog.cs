using Sluice.Kernel;
using Sluice.Platform.Catalog;

namespace Sluice.Integration.Rooms;

/// <summary>A catalog with one plan for all and two services: what Keys asks of Catalog.</summary>
internal sealed class OnePlanCatalog : ICatalog
{
    public PlanDefinition Plan { get; set; } = new() { Name = "test", Title = "Test", AppsMax = 10, KeysMax = 10 };

    public Task<PlanDefinition> PlanOf(OrganizationId organization, CancellationToken ct = default) => Task.FromResult(Plan);

    public Task<IReadOnlyList<ServiceDefinition>> Services(CancellationToken ct = default) =>
        Task.FromResult<IReadOnlyList<ServiceDefinition>>([]);

    public Task<IReadOnlyList<PlanDefinition>> Plans(CancellationToken ct = default) => throw new NotSupportedException();

    public Task<ServiceDefinition?> FindService(string name, CancellationToken ct = default) => throw new NotSupportedException();

    public Task<Result<ImportSummary>> ImportServices(
        string json, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) => throw new NotSupportedException();

    public Task<Result<ImportSummary>> ImportPlans(
        string json, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) => throw new NotSupportedException();

    public Task<Result<Done>> AssignPlan(
        OrganizationId organization, string plan, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        throw new NotSupportedException();

    public Task<CatalogState> Load(CancellationToken ct = default) => throw new NotSupportedException();

    public Task<long> Revision(CancellationToken ct = default) => throw new NotSupportedException();
}
