using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Wallets.Routes;

/// <summary>
/// <c>GET /me/wallets</c>, <c>POST /me/wallets/nonce</c> {address?, chainId?}, <c>POST /me/wallets</c> {message, signature,
/// name?}, <c>POST /me/wallets/{wallet}/remove</c>: 204.
/// </summary>
internal static class MyWallets
{
    private static readonly Refusal Unknown = Refusal.NotFound("tenants.wallet-unknown", "There is no such wallet.");

    public static async Task<IResult> List(HttpContext http, IWallets wallets, CancellationToken ct) =>
        Http.All(await wallets.List(Http.ActorOf(http), ct));

    public static async Task<IResult> Ask(HttpContext http, IWallets wallets, CancellationToken ct)
    {
        var wish = await Bodies.Read(http, at => at.Wish(), ct);
        return wish.Ok
            ? WalletFields.Request(http, await wallets.AskNew(wish.Value, Http.ActorOf(http), ct))
            : Http.Problem(wish.Refusal);
    }

    public static async Task<IResult> Post(HttpContext http, IWallets wallets, CancellationToken ct)
    {
        var body = await Bodies.Read(
            http, at => (Answer: at.Answer(http), Name: at.Find("name") is null ? null : at.Name("name")), ct);
        if (!body.Ok) return Http.Problem(body.Refusal);
        ChallengeCookie.Clear(http);
        return Http.Answer(
            await wallets.Add(body.Value.Name, body.Value.Answer, Http.ActorOf(http), ct),
            added => Results.Json(added, Http.Json, statusCode: StatusCodes.Status201Created));
    }

    public static async Task<IResult> Remove(HttpContext http, string wallet, IWallets wallets, CancellationToken ct) =>
        WireId.TryParse<WalletId>(wallet, out var id)
            ? Http.Answer(await wallets.Remove(id, Http.ActorOf(http), ct), _ => Results.NoContent())
            : Http.Problem(Unknown);
}
