using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Audit.Inside.Routes;

/// <param name="Keys">Public keys as PEM, by id.</param>
internal sealed record CheckpointsBody(IReadOnlyList<Checkpoint> Data, IReadOnlyDictionary<string, string> Keys);

/// <summary>
/// <c>GET /audit/checkpoints</c>: the last ones, and the public keys that prove them. To keep a copy elsewhere is what
/// makes the trail provable against whoever holds the database and the key ring.
/// </summary>
internal static class ListCheckpoints
{
    private const int Most = 1000;

    public static async Task<IResult> Handle(HttpContext http, IAuditTrail trail, CancellationToken ct)
    {
        var text = new QueryText(http.Request.Query);
        var limit = text.Limit(Most);
        if (text.Refusal() is { } refusal) return Http.Problem(refusal);
        return Results.Json(new CheckpointsBody(await trail.Checkpoints(limit, ct), await trail.PublicKeys(ct)), Http.Json);
    }
}
