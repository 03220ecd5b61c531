using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary><c>GET /apps/{app}/keys?after=&amp;limit=</c></summary>
internal static class ListKeys
{
    public static async Task<IResult> Handle(
        HttpContext http, string app, IKeys keys, CancellationToken ct)
    {
        var actor = Http.ActorOf(http);
        if (!WireId.TryParse<AppId>(app, out var id) || await keys.FindApp(id, actor, ct) is null)
            return Http.Problem(KeyRefusals.NoApp(app));
        var query = new QueryText(http.Request.Query);
        var cursor = query.Id<KeyId>("after");
        var size = query.Limit(KeyBook.PageMax);
        if (query.Refusal() is { } refusal) return Http.Problem(refusal);
        return Http.Page(await keys.Keys(id, actor, cursor, size + 1, ct), size, key => key.Id.ToString());
    }
}
