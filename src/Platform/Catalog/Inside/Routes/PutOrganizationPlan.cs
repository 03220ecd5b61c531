using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Catalog.Inside.Routes;

/// <summary>PUT /organizations/{org}/plan with <c>{"plan": "free"}</c>.</summary>
internal static class PutOrganizationPlan
{
    internal sealed record Body(string? Plan);

    public static async Task<IResult> Handle(
        string org, Body body, HttpContext http, ICatalog catalog, CancellationToken ct)
    {
        if (!WireId.TryParse<OrganizationId>(org, out var organization))
            return Http.Problem(Refusal.NotFound("catalog.organization", "That is no organization's id: it reads org_…."));
        if (string.IsNullOrEmpty(body.Plan))
            return Http.Problem(Refusal.Invalid("catalog.plan-missing", "Name the plan: {\"plan\": \"free\"}."));
        var result = await catalog.AssignPlan(organization, body.Plan, Http.ActorOf(http), ct: ct);
        return result.Ok ? Results.Json(PlanView.Of(await catalog.PlanOf(organization, ct)), Http.Json) : Http.Problem(result.Refusal);
    }
}
