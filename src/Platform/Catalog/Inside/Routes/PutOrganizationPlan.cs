using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Catalog.Inside.Routes;

/// <summary>Which plan.</summary>
internal sealed record PlanChoiceBody(string Plan);

/// <summary>PUT /organizations/{org}/plan with <c>{"plan": "free"}</c>.</summary>
internal static class PutOrganizationPlan
{
    public static async Task<IResult> Handle(
        string org, HttpContext http, ICatalog catalog, CancellationToken ct)
    {
        if (!WireId.TryParse<OrganizationId>(org, out var organization))
            return Http.Problem(Refusals.NoOrganization(org));
        var plan = await Bodies.Read(http, at => at.Text("plan", Names.LengthMax, required: true) ?? "", ct);
        if (!plan.Ok) return Http.Problem(plan.Refusal);
        var result = await catalog.AssignPlan(organization, plan.Value, Http.ActorOf(http), ct: ct);
        return result.Ok
            ? Results.Json(PlanView.Of(await catalog.PlanOf(organization, ct)), Http.Json)
            : Http.Problem(result.Refusal);
    }
}
