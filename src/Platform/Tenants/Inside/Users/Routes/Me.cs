using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Users.Routes;

/// <summary><c>GET /me</c>: the user. <c>PATCH /me</c> {name?, timeZone?}: what is absent stays.</summary>
internal static class Me
{
    private const int TextMax = 200;

    public static async Task<IResult> Get(HttpContext http, IUsers users, CancellationToken ct) =>
        Http.ActorOf(http).User is { } id && await users.Find(id, ct) is { } user
            ? Versions.Json(http, user, user.Version)
            : Http.Problem(UserRows.Unknown);

    public static async Task<IResult> Patch(HttpContext http, IUsers users, CancellationToken ct)
    {
        var change = await Bodies.Read(
            http, at => (Name: at.Find("name") is null ? null : at.Name("name"), TimeZone: at.Text("timeZone", TextMax)), ct);
        if (!change.Ok) return Http.Problem(change.Refusal);
        var version = Versions.Expected(http);
        if (!version.Ok) return Http.Problem(version.Refusal);
        return Http.Answer(
            await users.ChangeProfile(change.Value.Name, change.Value.TimeZone, Http.ActorOf(http), version.Value, ct),
            user => Versions.Json(http, user, user.Version));
    }
}
