using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Users.Routes;

/// <summary><c>GET /users?search=&amp;after=&amp;limit=</c>, <c>GET /users/{user}</c> and <c>/ways-in</c>.</summary>
internal static class GetUsers
{
    public static async Task<IResult> List(HttpContext http, IUsers users, CancellationToken ct)
    {
        var query = new QueryText(http.Request.Query);
        var (search, after, size) = (query.Text("search"), query.Id<UserId>("after"), query.Limit(UserBook.PageMax));
        if (query.Refusal() is { } refusal) return Http.Problem(refusal);
        return Http.Answer(
            await users.List(Http.ActorOf(http), after, size + 1, search, ct),
            rows => Http.Page(rows, size, user => user.Id.ToString()));
    }

    public static async Task<IResult> WaysIn(HttpContext http, string user, IUsers users, CancellationToken ct) =>
        WireId.TryParse<UserId>(user, out var id)
            ? Http.Answer(await users.WaysIn(id, Http.ActorOf(http), ct))
            : Http.Problem(UserRows.Unknown);

    public static async Task<IResult> One(HttpContext http, string user, IUsers users, CancellationToken ct) =>
        WireId.TryParse<UserId>(user, out var id)
            ? Http.Answer(await users.Show(id, Http.ActorOf(http), ct))
            : Http.Problem(UserRows.Unknown);
}
