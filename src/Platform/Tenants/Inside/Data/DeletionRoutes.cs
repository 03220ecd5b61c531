using Microsoft.AspNetCore.Http;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Organizations.Routes;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Data;

/// <summary>
/// <c>POST /organizations/{org}/delete</c> and <c>/keep</c>, <c>POST /me/delete</c> and <c>/keep</c>, and for operators
/// <c>POST /users/{user}/delete</c> and <c>/keep</c>
/// </summary>
internal static class DeletionRoutes
{
    public static async Task<IResult> DeleteOrganization(
        HttpContext http, string org, IDeletions deletions, CancellationToken ct) =>
        WireId.TryParse<OrganizationId>(org, out var id)
            ? Answer(http, await deletions.DeleteOrganization(id, Http.ActorOf(http), ct: ct))
            : Http.Problem(Refusals.NoOrganization(org));

    public static async Task<IResult> KeepOrganization(
        HttpContext http, string org, IDeletions deletions, CancellationToken ct) =>
        WireId.TryParse<OrganizationId>(org, out var id)
            ? Answer(http, await deletions.KeepOrganization(id, Http.ActorOf(http), ct: ct))
            : Http.Problem(Refusals.NoOrganization(org));

    public static async Task<IResult> DeleteMine(HttpContext http, IDeletions deletions, CancellationToken ct) =>
        Http.Answer(await deletions.DeleteUser(null, Http.ActorOf(http), ct: ct));

    public static async Task<IResult> KeepMine(HttpContext http, IDeletions deletions, CancellationToken ct) =>
        Http.Answer(await deletions.KeepUser(null, Http.ActorOf(http), ct: ct));

    public static async Task<IResult> DeleteUser(HttpContext http, string user, IDeletions deletions, CancellationToken ct) =>
        WireId.TryParse<UserId>(user, out var id)
            ? Http.Answer(await deletions.DeleteUser(id, Http.ActorOf(http), ct: ct))
            : Http.Problem(UserRows.Unknown);

    public static async Task<IResult> KeepUser(HttpContext http, string user, IDeletions deletions, CancellationToken ct) =>
        WireId.TryParse<UserId>(user, out var id)
            ? Http.Answer(await deletions.KeepUser(id, Http.ActorOf(http), ct: ct))
            : Http.Problem(UserRows.Unknown);

    private static IResult Answer(HttpContext http, Result<Organization> result) => Http.Answer(
        result, one => Results.Json(OrganizationBody.Of(one, Http.ActorOf(http)), Http.Json));
}
