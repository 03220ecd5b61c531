using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Tenants.Inside.Jwt.Routes;

/// <summary><c>GET /auth/keys</c>, <c>POST /auth/keys/rotate</c> {withdraw?}</summary>
internal static class AuthKeys
{
    public static async Task<IResult> List(HttpContext http, ISigningKeys keys, CancellationToken ct) =>
        Http.Answer(await keys.List(Http.ActorOf(http), ct), Http.All);

    public static async Task<IResult> Rotate(HttpContext http, ISigningKeys keys, CancellationToken ct)
    {
        var withdraw = false;
        if (await Bodies.IsThere(http, ct))
        {
            var read = await Bodies.Read(http, at => at.Flag("withdraw", otherwise: false), ct);
            if (!read.Ok) return Http.Problem(read.Refusal);
            withdraw = read.Value;
        }
        return Http.Answer(await keys.Rotate(withdraw, Http.ActorOf(http), ct));
    }
}
