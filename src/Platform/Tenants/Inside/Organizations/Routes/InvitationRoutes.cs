using Microsoft.AspNetCore.Http;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Organizations.Routes;

/// <summary>
/// <c>GET|POST /organizations/{org}/invitations</c> {email, role}, <c>POST /invitations/{invitation}/resend</c>,
/// <c>/revoke</c> and <c>/accept</c>, <c>POST /invitations/accept</c> {token}, <c>GET /invitations</c>
/// </summary>
internal static class InvitationRoutes
{
    public static async Task<IResult> List(HttpContext http, string org, IInvitations invitations, CancellationToken ct)
    {
        if (!WireId.TryParse<OrganizationId>(org, out var id)) return Http.Problem(Refusals.NoOrganization(org));
        var query = new QueryText(http.Request.Query);
        var cursor = query.Id<InvitationId>("after");
        var size = query.Limit(InvitationBook.PageMax);
        if (query.Refusal() is { } refusal) return Http.Problem(refusal);
        return Http.Answer(
            await invitations.List(id, Http.ActorOf(http), cursor, size + 1, ct),
            rows => Http.Page(rows, size, invitation => invitation.Id.ToString()));
    }

    public static async Task<IResult> Post(HttpContext http, string org, IInvitations invitations, CancellationToken ct)
    {
        if (!WireId.TryParse<OrganizationId>(org, out var id)) return Http.Problem(Refusals.NoOrganization(org));
        var request = await Bodies.Read(http, at => (Email: at.Email("email"), Role: MemberRoutes.RoleOf(at)), ct);
        if (!request.Ok) return Http.Problem(request.Refusal);
        var (email, role) = request.Value;
        return Http.Answer(
            await invitations.Invite(id, email, role, Http.ActorOf(http), Http.WorkOf(http), ct),
            made => Results.Json(made, Http.Json, statusCode: StatusCodes.Status201Created));
    }

    public static async Task<IResult> Resend(
        HttpContext http, string invitation, IInvitations invitations, CancellationToken ct) =>
        WireId.TryParse<InvitationId>(invitation, out var id)
            ? Http.Answer(await invitations.Resend(id, Http.ActorOf(http), ct: ct))
            : Http.Problem(OrganizationRefusals.NoInvitation(invitation));

    public static async Task<IResult> Revoke(
        HttpContext http, string invitation, IInvitations invitations, CancellationToken ct) =>
        WireId.TryParse<InvitationId>(invitation, out var id)
            ? Http.Answer(await invitations.Revoke(id, Http.ActorOf(http), ct: ct), _ => Results.NoContent())
            : Http.Problem(OrganizationRefusals.NoInvitation(invitation));

    public static async Task<IResult> Accept(
        HttpContext http, string invitation, IInvitations invitations, CancellationToken ct) =>
        WireId.TryParse<InvitationId>(invitation, out var id)
            ? Http.Answer(await invitations.Accept(id, Http.ActorOf(http), ct: ct))
            : Http.Problem(OrganizationRefusals.NoInvitation(invitation));

    public static async Task<IResult> AcceptToken(HttpContext http, IInvitations invitations, CancellationToken ct)
    {
        var token = await Bodies.Read(http, at => at.Text("token", 100, required: true) ?? "", ct);
        if (!token.Ok) return Http.Problem(token.Refusal);
        return Http.Answer(await invitations.Accept(token.Value, Http.ActorOf(http), ct: ct));
    }

    public static async Task<IResult> Mine(HttpContext http, IInvitations invitations, CancellationToken ct) =>
        Http.All(await invitations.Mine(Http.ActorOf(http), ct));
}
