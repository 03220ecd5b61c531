using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Catalog.Inside.Routes;

/// <summary>GET /plans: operators see all, members the one that they are on.</summary>
internal static class GetPlans
{
    public static async Task<IResult> Handle(HttpContext http, ICatalog catalog, CancellationToken ct)
    {
        var actor = Http.ActorOf(http);
        IReadOnlyList<PlanDefinition> plans = actor.IsOperator ? await catalog.Plans(ct)
            : actor.Organization is { } organization ? [await catalog.PlanOf(organization, ct)]
            : [];
        return Http.All<PlanView>([.. plans.Select(PlanView.Of)]);
    }
}
