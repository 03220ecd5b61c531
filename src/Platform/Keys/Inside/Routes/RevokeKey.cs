using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary><c>POST /keys/{key}/revoke</c></summary>
internal static class RevokeKey
{
    public static async Task<IResult> Handle(HttpContext http, string key, IKeys keys, CancellationToken ct)
    {
        if (!WireId.TryParse<KeyId>(key, out var id)) return Http.Problem(KeyRefusals.NoKey(key));
        return Http.Answer(await keys.RevokeKey(id, Http.ActorOf(http), ct: ct), _ => Results.NoContent());
    }
}
