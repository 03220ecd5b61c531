using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary><c>PUT /apps/{app}/limits</c>: the whole of the limits, replaced.</summary>
internal static class PutLimits
{
    public static async Task<IResult> Handle(HttpContext http, string app, IKeys keys, CancellationToken ct)
    {
        if (!WireId.TryParse<AppId>(app, out var id)) return Http.Problem(KeyRefusals.NoApp(app));
        var limits = await Bodies.Read(http, LimitsBody.Read, ct);
        if (!limits.Ok) return Http.Problem(limits.Refusal);
        var version = Versions.Expected(http);
        if (!version.Ok) return Http.Problem(version.Refusal);
        return Http.Answer(
            await keys.SetAppLimits(id, limits.Value, Http.ActorOf(http), version: version.Value, ct: ct),
            changed => Versions.Json(http, changed.Limits, changed.Version));
    }
}
