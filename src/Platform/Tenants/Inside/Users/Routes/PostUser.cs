using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Users.Routes;

/// <summary>
/// For operators: <c>POST /users</c> {email, name?, platformRole?}: {user, link}; <c>POST /users/{user}/suspend</c> {why?},
/// <c>/resume</c>, <c>/reset</c>: {user, link}; <c>PUT /users/{user}/platform-role</c> {role}.
/// </summary>
internal static class PostUser
{
    private const int WhyMax = 500;

    public static async Task<IResult> Create(HttpContext http, IUsers users, CancellationToken ct)
    {
        var request = await Bodies.Read(http, at => new NewUser(
            at.Email("email"), at.Find("name") is null ? null : at.Name("name"),
            at.Choice("platformRole", PlatformRole.None)), ct);
        if (!request.Ok) return Http.Problem(request.Refusal);
        return Http.Answer(
            await users.Create(request.Value, Http.ActorOf(http), Http.WorkOf(http), ct),
            created => Results.Json(created, Http.Json, statusCode: StatusCodes.Status201Created));
    }

    public static async Task<IResult> Suspend(HttpContext http, string user, IUsers users, CancellationToken ct)
    {
        if (!WireId.TryParse<UserId>(user, out var id)) return Http.Problem(UserRows.Unknown);
        string? why = null;
        if (http.Request.HasJsonContentType() || await Bodies.IsThere(http, ct))
        {
            var body = await Bodies.Read(http, at => at.Text("why", WhyMax), ct);
            if (!body.Ok) return Http.Problem(body.Refusal);
            why = body.Value;
        }
        return Http.Answer(await users.Suspend(id, why, Http.ActorOf(http), ct));
    }

    public static async Task<IResult> Resume(HttpContext http, string user, IUsers users, CancellationToken ct) =>
        WireId.TryParse<UserId>(user, out var id)
            ? Http.Answer(await users.Resume(id, Http.ActorOf(http), ct))
            : Http.Problem(UserRows.Unknown);

    public static async Task<IResult> Reset(HttpContext http, string user, IUsers users, CancellationToken ct) =>
        WireId.TryParse<UserId>(user, out var id)
            ? Http.Answer(await users.ResetFactors(id, Http.ActorOf(http), ct))
            : Http.Problem(UserRows.Unknown);

    public static async Task<IResult> ChangePlatformRole(HttpContext http, string user, IUsers users, CancellationToken ct)
    {
        if (!WireId.TryParse<UserId>(user, out var id)) return Http.Problem(UserRows.Unknown);
        var role = await Bodies.Read(http, at =>
        {
            if (at.Find("role") is null) at.Faults.Add("role", "is missing. Use one of none, viewer, operator.");
            return at.Choice("role", PlatformRole.None);
        }, ct);
        return role.Ok
            ? Http.Answer(await users.ChangePlatformRole(id, role.Value, Http.ActorOf(http), ct))
            : Http.Problem(role.Refusal);
    }
}
