using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Catalog.Inside.Routes;

/// <summary>GET /plans: operators see all, others those that their organizations are on.</summary>
internal static class GetPlans
{
    public static async Task<IResult> Handle(HttpContext http, ICatalog catalog, CancellationToken ct)
    {
        var actor = Http.ActorOf(http);
        var plans = actor.May(Permission.PlansRead) ? await catalog.Plans(ct) : await Own(actor, catalog, ct);
        return Http.All<PlanView>([.. plans.Select(PlanView.Of)]);
    }

    private static async Task<IReadOnlyList<PlanDefinition>> Own(Actor actor, ICatalog catalog, CancellationToken ct)
    {
        var organizations = actor.Organization is { } one ? [one] : actor.Memberships.Keys;
        SortedDictionary<string, PlanDefinition> plans = new(StringComparer.Ordinal);
        foreach (var organization in organizations.Where(id => actor.May(Permission.OrganizationRead, id)))
        {
            var plan = await catalog.PlanOf(organization, ct);
            plans[plan.Name] = plan;
        }
        return [.. plans.Values];
    }
}
