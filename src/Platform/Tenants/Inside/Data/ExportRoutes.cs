using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Data;

/// <summary>
/// <c>GET|POST /organizations/{org}/exports</c>, <c>GET|POST /me/exports</c>, <c>GET /exports/{export}</c> and
/// <c>GET /exports/{export}/content</c>
/// </summary>
internal static class ExportRoutes
{
    public static async Task<IResult> Post(HttpContext http, string org, IExports exports, CancellationToken ct) =>
        WireId.TryParse<OrganizationId>(org, out var id)
            ? await Ask(http, id, exports, ct)
            : Http.Problem(Refusals.NoOrganization(org));

    public static Task<IResult> PostMine(HttpContext http, IExports exports, CancellationToken ct) =>
        Ask(http, null, exports, ct);

    public static async Task<IResult> List(HttpContext http, string org, IExports exports, CancellationToken ct) =>
        WireId.TryParse<OrganizationId>(org, out var id)
            ? Http.Answer(await exports.List(id, Http.ActorOf(http), ct), Http.All)
            : Http.Problem(Refusals.NoOrganization(org));

    public static async Task<IResult> ListMine(HttpContext http, IExports exports, CancellationToken ct) =>
        Http.Answer(await exports.List(null, Http.ActorOf(http), ct), Http.All);

    public static async Task<IResult> Get(HttpContext http, string export, IExports exports, CancellationToken ct) =>
        WireId.TryParse<ExportId>(export, out var id)
            ? Http.Answer(await exports.Find(id, Http.ActorOf(http), ct))
            : Http.Problem(Unknown(export));

    public static async Task<IResult> Content(HttpContext http, string export, IExports exports, CancellationToken ct) =>
        WireId.TryParse<ExportId>(export, out var id)
            ? Http.Answer(await exports.Open(id, Http.ActorOf(http), ct), archive => new ArchiveResult(archive))
            : Http.Problem(Unknown(export));

    private static Refusal Unknown(string export) =>
        Refusal.NotFound("tenants.export-unknown", $"There is no export {Faults.Quote(export)}.");

    private static async Task<IResult> Ask(
        HttpContext http, OrganizationId? organization, IExports exports, CancellationToken ct) => Http.Answer(
            await exports.Ask(organization, Http.ActorOf(http), Http.WorkOf(http), ct),
            asked => Results.Json(asked, Http.Json, statusCode: StatusCodes.Status201Created));
}
