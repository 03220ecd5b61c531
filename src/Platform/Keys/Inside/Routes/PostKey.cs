using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary>
/// <c>POST /apps/{app}/keys</c> {name, kind?, limits?, expiresAt?}: answers {key, secret}, the secret this once.
/// </summary>
internal static class PostKey
{
    public static async Task<IResult> Handle(HttpContext http, string app, IKeys keys, CancellationToken ct)
    {
        if (!WireId.TryParse<AppId>(app, out var id)) return Http.Problem(KeyRefusals.NoApp(app));
        var read = await Http.Body<Body>(http, ct);
        if (!read.Ok) return Http.Problem(read.Refusal);
        var body = read.Value;
        var request = new KeyRequest(id, body.Kind, body.Name ?? "", body.Limits?.ToLimits(), body.ExpiresAt);
        return Http.Answer(
            await keys.CreateKey(request, Http.ActorOf(http), ct: ct),
            issued => Results.Json(issued, Http.Json, statusCode: StatusCodes.Status201Created));
    }

    [System.Text.Json.Serialization.JsonUnmappedMemberHandling(
        System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow)]
    internal sealed record Body(string? Name, KeyKind Kind, LimitsBody? Limits, DateTimeOffset? ExpiresAt);
}
