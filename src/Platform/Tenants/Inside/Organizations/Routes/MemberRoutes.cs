using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Organizations.Routes;

/// <summary>
/// <c>GET /organizations/{org}/members</c>, <c>GET</c>, <c>PUT</c> {role} and <c>DELETE /organizations/{org}/members/{user}</c>,
/// <c>POST /organizations/{org}/leave</c>, <c>POST /organizations/{org}/transfer</c> {user}
/// </summary>
internal static class MemberRoutes
{
    public static async Task<IResult> List(HttpContext http, string org, IMembers members, CancellationToken ct)
    {
        if (!WireId.TryParse<OrganizationId>(org, out var id)) return Http.Problem(Refusals.NoOrganization(org));
        var query = new QueryText(http.Request.Query);
        var cursor = query.Id<UserId>("after");
        var size = query.Limit(MemberBook.PageMax);
        if (query.Refusal() is { } refusal) return Http.Problem(refusal);
        return Http.Answer(
            await members.List(id, Http.ActorOf(http), cursor, size + 1, ct),
            rows => Http.Page(rows, size, member => member.User.ToString()));
    }

    public static async Task<IResult> Get(HttpContext http, string org, string user, IMembers members, CancellationToken ct) =>
        Ids(org, user, out var id, out var who) is { } unknown
            ? Http.Problem(unknown)
            : Http.Answer(
                await members.Find(id, who, Http.ActorOf(http), ct), found => Versions.Json(http, found, found.Version));

    public static async Task<IResult> Put(HttpContext http, string org, string user, IMembers members, CancellationToken ct)
    {
        if (Ids(org, user, out var id, out var who) is { } unknown) return Http.Problem(unknown);
        var role = await Bodies.Read(http, at => RoleOf(at), ct);
        if (!role.Ok) return Http.Problem(role.Refusal);
        var version = Versions.Expected(http);
        if (!version.Ok) return Http.Problem(version.Refusal);
        return Http.Answer(
            await members.ChangeRole(id, who, role.Value, Http.ActorOf(http), version: version.Value, ct: ct),
            changed => Versions.Json(http, changed, changed.Version));
    }

    public static async Task<IResult> Delete(HttpContext http, string org, string user, IMembers members, CancellationToken ct) =>
        Ids(org, user, out var id, out var who) is { } unknown
            ? Http.Problem(unknown)
            : Http.Answer(await members.Remove(id, who, Http.ActorOf(http), ct: ct), _ => Results.NoContent());

    public static async Task<IResult> Leave(HttpContext http, string org, IMembers members, CancellationToken ct) =>
        WireId.TryParse<OrganizationId>(org, out var id)
            ? Http.Answer(await members.Leave(id, Http.ActorOf(http), ct: ct), _ => Results.NoContent())
            : Http.Problem(Refusals.NoOrganization(org));

    public static async Task<IResult> Transfer(HttpContext http, string org, IMembers members, CancellationToken ct)
    {
        if (!WireId.TryParse<OrganizationId>(org, out var id)) return Http.Problem(Refusals.NoOrganization(org));
        var to = await Bodies.Read(http, at =>
        {
            if (!at.Has("user")) at.Faults.Add(at.At("user"), "is missing. Add it: the id of a member.");
            return at.Id<UserId>("user") ?? default;
        }, ct);
        if (!to.Ok) return Http.Problem(to.Refusal);
        return Http.Answer(await members.Transfer(id, to.Value, Http.ActorOf(http), ct: ct));
    }

    /// <summary>The role in a body, which must say it.</summary>
    public static OrganizationRole RoleOf(ObjectAt at)
    {
        if (at.Find("role") is null)
            at.Faults.Add(at.At("role"), "is missing. Add it: owner, admin, developer, billing or viewer.");
        return at.Choice("role", OrganizationRole.Viewer);
    }

    private static Refusal? Ids(string org, string user, out OrganizationId id, out UserId who)
    {
        who = default;
        if (!WireId.TryParse(org, out id)) return Refusals.NoOrganization(org);
        return WireId.TryParse(user, out who) ? null : OrganizationRefusals.NoMember(user);
    }
}
