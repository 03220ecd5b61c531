using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary><c>PUT /apps/{app}/limits</c>: the whole of the limits, replaced.</summary>
internal static class PutLimits
{
    public static async Task<IResult> Handle(HttpContext http, string app, IKeys keys, CancellationToken ct)
    {
        if (!WireId.TryParse<AppId>(app, out var id)) return Http.Problem(KeyRefusals.NoApp(app));
        var body = await Http.Body<LimitsBody>(http, ct);
        if (!body.Ok) return Http.Problem(body.Refusal);
        return Http.Answer(
            await keys.SetAppLimits(id, body.Value.ToLimits(), Http.ActorOf(http), ct: ct),
            changed => Results.Json(changed.Limits, Http.Json));
    }
}
