using System.Text;
using Microsoft.AspNetCore.Http;
using Sluice.Kernel;
using Sluice.Platform.Catalog.Inside.Reading;

namespace Sluice.Platform.Catalog.Inside.Routes;

/// <summary>POST /services/import and POST /plans/import: the body is the file.</summary>
internal static class PostImport
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly Refusal TooLarge = new(
        "catalog.size", $"The file is larger than {JsonFile.BytesMax} bytes. Split it: an import leaves alone what it does not name.",
        413);

    private static readonly Refusal NoText = new("catalog.encoding", "The file is not valid UTF-8. Save it as UTF-8.", 400);

    public static async Task<IResult> Services(HttpContext http, ICatalog catalog, CancellationToken ct)
    {
        var body = await Body(http.Request, ct);
        return body.Ok
            ? Http.Answer(await catalog.ImportServices(body.Value, Http.ActorOf(http), ct: ct))
            : Http.Problem(body.Refusal);
    }

    public static async Task<IResult> Plans(HttpContext http, ICatalog catalog, CancellationToken ct)
    {
        var body = await Body(http.Request, ct);
        return body.Ok
            ? Http.Answer(await catalog.ImportPlans(body.Value, Http.ActorOf(http), ct: ct))
            : Http.Problem(body.Refusal);
    }

    private static async Task<Result<string>> Body(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > JsonFile.BytesMax) return TooLarge;
        using var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = await request.Body.ReadAsync(buffer, ct)) > 0;)
        {
            if (body.Length + read > JsonFile.BytesMax) return TooLarge;
            body.Write(buffer, 0, read);
        }
        try
        {
            return Strict.GetString(body.GetBuffer().AsSpan(0, (int)body.Length));
        }
        catch (DecoderFallbackException)
        {
            return NoText;
        }
    }
}
