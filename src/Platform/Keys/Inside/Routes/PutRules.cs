using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary><c>PUT /apps/{app}/rules</c>: the whole of the rules, replaced.</summary>
internal static class PutRules
{
    public static async Task<IResult> Handle(HttpContext http, string app, IKeys keys, CancellationToken ct)
    {
        if (!WireId.TryParse<AppId>(app, out var id)) return Http.Problem(KeyRefusals.NoApp(app));
        var rules = await Bodies.Read(http, RulesBody.Read, ct);
        if (!rules.Ok) return Http.Problem(rules.Refusal);
        var version = Versions.Expected(http);
        if (!version.Ok) return Http.Problem(version.Refusal);
        return Http.Answer(
            await keys.SetRules(id, rules.Value, Http.ActorOf(http), version: version.Value, ct: ct),
            changed => Versions.Json(http, RulesBody.Of(changed.Rules), changed.Version));
    }
}
