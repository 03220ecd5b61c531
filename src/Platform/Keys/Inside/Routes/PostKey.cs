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
        var request = await Bodies.Read(http, at => new KeyRequest(
            id, at.Choice("kind", KeyKind.Secret), at.Name("name"), LimitsBody.At(at, "limits"), at.Time("expiresAt")), ct);
        if (!request.Ok) return Http.Problem(request.Refusal);
        return Http.Answer(
            await keys.CreateKey(request.Value, Http.ActorOf(http), Http.WorkOf(http), ct),
            issued => Results.Json(issued, Http.Json, statusCode: StatusCodes.Status201Created));
    }
}
