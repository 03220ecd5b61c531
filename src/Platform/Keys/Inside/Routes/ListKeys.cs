using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary><c>GET /apps/{app}/keys?after=&amp;limit=</c></summary>
internal static class ListKeys
{
    public static async Task<IResult> Handle(
        HttpContext http, string app, IKeys keys, string? after, int? limit, CancellationToken ct)
    {
        var actor = Http.ActorOf(http);
        if (!WireId.TryParse<AppId>(app, out var id) || await keys.FindApp(id, actor, ct) is null)
            return Http.Problem(KeyRefusals.NoApp(app));
        if (!Http.TryCursor<KeyId>(after, out var cursor)) return Http.Problem(Http.BadCursor);
        var size = Math.Clamp(limit ?? KeyBook.PageMax, 1, KeyBook.PageMax);
        return Http.Page(await keys.Keys(id, actor, cursor, size + 1, ct), size, key => key.Id.ToString());
    }
}
