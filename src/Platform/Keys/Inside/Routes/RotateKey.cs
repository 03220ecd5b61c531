using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary><c>POST /keys/{key}/rotate</c> {overlapSeconds?}: answers the successor as {key, secret}.</summary>
internal static class RotateKey
{
    private const int DefaultOverlapSeconds = 86_400;

    public static async Task<IResult> Handle(HttpContext http, string key, IKeys keys, CancellationToken ct)
    {
        if (!WireId.TryParse<KeyId>(key, out var id)) return Http.Problem(KeyRefusals.NoKey(key));
        long overlapSeconds = DefaultOverlapSeconds;
        if (http.Request.HasJsonContentType() || await Bodies.IsThere(http, ct))
        {
            var body = await Bodies.Read(
                http, at => at.Whole("overlapSeconds", int.MinValue, int.MaxValue, DefaultOverlapSeconds), ct);
            if (!body.Ok) return Http.Problem(body.Refusal);
            overlapSeconds = body.Value;
        }
        return Http.Answer(
            await keys.RotateKey(id, TimeSpan.FromSeconds(overlapSeconds), Http.ActorOf(http), Http.WorkOf(http), ct),
            issued => Results.Json(issued, Http.Json, statusCode: StatusCodes.Status201Created));
    }
}
