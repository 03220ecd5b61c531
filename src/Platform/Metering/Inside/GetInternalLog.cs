using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// <c>GET /internal/log</c>: this node's part of the request log, for other nodes. Without the token that they share
/// there is nothing here.
/// </summary>
internal static class GetInternalLog
{
    public const string Path = "/internal/log";

    private const string Bearer = "Bearer ";

    public static void Map(IEndpointRouteBuilder app) => app.MapGet(Path, Handle).ExcludeFromDescription()
        .Anonymous("processes of one installation ask each other, with the token that they share");

    private static async Task<IResult> Handle(
        HttpContext http, RequestLog log, IOptions<MeteringOptions> options, TimeProvider time, CancellationToken ct)
    {
        if (!Admits(http.Request.Headers.Authorization.ToString(), options.Value.InternalToken))
            return Results.NotFound();
        var text = new QueryText(http.Request.Query);
        var query = LogQueryText.Read(text, time.GetUtcNow());
        if (query.Limit is < 1 or > Usage.LogRowsMax) text.Faults.Add($"limit is 1 to {Usage.LogRowsMax}.");
        if (text.Refusal() is { } refusal) return Http.Problem(refusal);
        return Http.All(await log.Read(query, ct));
    }

    // Hashes have one length, so the comparison tells nothing of the token's.
    private static bool Admits(string header, string token) =>
        token.Length > 0 && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(header[Bearer.Length..])), SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
