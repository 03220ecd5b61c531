using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Organizations.Routes;

/// <summary>
/// <c>PUT /organizations/{org}</c> {name}, and for operators <c>POST /organizations/{org}/suspend</c> {why?} and
/// <c>POST /organizations/{org}/resume</c>.
/// </summary>
internal static class ChangeOrganization
{
    public static async Task<IResult> Rename(HttpContext http, string org, ITenants tenants, CancellationToken ct)
    {
        if (!WireId.TryParse<OrganizationId>(org, out var id)) return Http.Problem(Refusals.NoOrganization(org));
        var name = await Bodies.Read(http, at => at.Name("name"), ct);
        if (!name.Ok) return Http.Problem(name.Refusal);
        var version = Versions.Expected(http);
        if (!version.Ok) return Http.Problem(version.Refusal);
        return Answer(
            http, await tenants.RenameOrganization(id, name.Value, Http.ActorOf(http), version: version.Value, ct: ct));
    }

    public static async Task<IResult> Suspend(HttpContext http, string org, ITenants tenants, CancellationToken ct)
    {
        if (!WireId.TryParse<OrganizationId>(org, out var id)) return Http.Problem(Refusals.NoOrganization(org));
        string? why = null;
        if (http.Request.HasJsonContentType() || await Bodies.IsThere(http, ct))
        {
            var body = await Bodies.Read(http, at => at.Text("why", Suspensions.WhyLengthMax) ?? "", ct);
            if (!body.Ok) return Http.Problem(body.Refusal);
            why = body.Value.Length == 0 ? null : body.Value;
        }
        return Answer(http, await tenants.SuspendOrganization(id, why, Http.ActorOf(http), ct: ct));
    }

    public static async Task<IResult> Resume(HttpContext http, string org, ITenants tenants, CancellationToken ct) =>
        WireId.TryParse<OrganizationId>(org, out var id)
            ? Answer(http, await tenants.ResumeOrganization(id, Http.ActorOf(http), ct: ct))
            : Http.Problem(Refusals.NoOrganization(org));

    private static IResult Answer(HttpContext http, Result<Organization> result) =>
        Http.Answer(
            result, changed => Versions.Json(http, OrganizationBody.Of(changed, Http.ActorOf(http)), changed.Version));
}
