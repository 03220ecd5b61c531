using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary><c>GET /apps/{app}</c>, <c>GET /apps/{app}/rules</c> and <c>GET /apps/{app}/limits</c></summary>
internal static class GetApp
{
    public static Task<IResult> Handle(HttpContext http, string app, IKeys keys, CancellationToken ct) =>
        Show(http, app, keys, found => AppBody.Of(found), ct);

    public static Task<IResult> Rules(HttpContext http, string app, IKeys keys, CancellationToken ct) =>
        Show(http, app, keys, found => RulesBody.Of(found.Rules), ct);

    public static Task<IResult> Limits(HttpContext http, string app, IKeys keys, CancellationToken ct) =>
        Show(http, app, keys, found => found.Limits, ct);

    private static async Task<IResult> Show<T>(
        HttpContext http, string app, IKeys keys, Func<App, T> shape, CancellationToken ct)
    {
        var found = WireId.TryParse<AppId>(app, out var id) ? await keys.FindApp(id, Http.ActorOf(http), ct) : null;
        return found is null ? Http.Problem(KeyRefusals.NoApp(app)) : Versions.Json(http, shape(found), found.Version);
    }
}
