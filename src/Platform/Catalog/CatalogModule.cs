using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Catalog.Inside;
using Sluice.Platform.Catalog.Inside.Routes;

namespace Sluice.Platform.Catalog;

public static class CatalogModule
{
    /// <summary>
    /// Registers the room; needs the database, units of work and the audit trail. The host sets
    /// <see cref="CatalogOptions.KeyRingFile"/> and registers an <see cref="IKnownOrganizations"/>; an
    /// <see cref="ISecretBox"/> registered before takes the place of <see cref="AesSecretBox"/>.
    /// </summary>
    public static IServiceCollection AddCatalog(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<CatalogOptions>().BindConfiguration("Catalog").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<ISecretBox>(provider => new AesSecretBox(
            provider.GetRequiredService<IOptions<CatalogOptions>>().Value.KeyRingFile,
            provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(provider => new ImportSurroundings(
            provider.GetRequiredService<TimeProvider>(), provider.GetService<IKnownOrganizations>()));
        services.TryAddSingleton<CatalogTables>();
        services.TryAddSingleton<Resolver>();
        services.TryAddSingleton<Importer>();
        services.TryAddSingleton<ICatalog, CatalogRoom>();
        services.AddSingleton<IExportSource, PlanExports>();
        return services;
    }

    /// <summary>Maps the routes of the room under the host's prefix.</summary>
    public static RouteGroupBuilder MapCatalog(this RouteGroupBuilder api)
    {
        var catalog = api.MapGroup("").WithTags("Catalog");
        catalog.MapGet("/services", GetServices.Handle).Requires(Permission.CatalogRead)
            .Does("List the services that can be called").Lists<ServiceSummaryView>(GetServices.PageMax);
        catalog.MapGet("/services/{name}", GetService.Handle).Requires(Permission.CatalogRead)
            .Does("Show a service with its prices; its upstreams for operators alone", "catalog.service-unknown")
            .Answers<ServiceView>();
        catalog.MapGet("/plans", GetPlans.Handle).Requires(Permission.CatalogRead)
            .Does("List the plans: all for operators, otherwise those that one's organizations are on")
            .Answers<Listed<PlanView>>();
        catalog.MapPost("/services/import", PostImport.Services).Requires(Permission.ServicesWrite)
            .Does(
                "Publish a catalog of services (docs/catalog.md): all of it, or nothing and every fault",
                "catalog.file-large", "catalog.file-encoding", "catalog.file-invalid")
            .Takes<JsonObject>().Answers<ImportSummary>();
        catalog.MapPost("/plans/import", PostImport.Plans).Requires(Permission.PlansWrite)
            .Does(
                "Publish plans (docs/plans.md): all of them, or nothing and every fault", "catalog.file-large",
                "catalog.file-encoding", "catalog.file-invalid")
            .Takes<JsonObject>().Answers<ImportSummary>();
        catalog.MapPut("/organizations/{org}/plan", PutOrganizationPlan.Handle).Requires(Permission.OrganizationsWrite)
            .Does("Put an organization on a plan", "catalog.plan-unknown").Takes<PlanChoiceBody>().Answers<PlanView>();
        return api;
    }
}
