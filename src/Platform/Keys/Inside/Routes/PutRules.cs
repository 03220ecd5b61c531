using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary><c>PUT /apps/{app}/rules</c>: the whole of the rules, replaced.</summary>
internal static class PutRules
{
    public static async Task<IResult> Handle(HttpContext http, string app, IKeys keys, CancellationToken ct)
    {
        if (!WireId.TryParse<AppId>(app, out var id)) return Http.Problem(KeyRefusals.NoApp(app));
        var body = await Http.Body<RulesBody>(http, ct);
        if (!body.Ok) return Http.Problem(body.Refusal);
        return Http.Answer(
            await keys.SetRules(id, body.Value.ToRules(), Http.ActorOf(http), ct: ct),
            changed => Results.Json(RulesBody.Of(changed.Rules), Http.Json));
    }
}
