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
        "catalog.file-large",
        $"The file is larger than {JsonFile.BytesMax} bytes. Split it: an import leaves alone what it does not name.",
        413);

    private static readonly Refusal NoText = new("catalog.file-encoding", "The file is not valid UTF-8. Save it as UTF-8.", 400);

    public static async Task<IResult> Services(HttpContext http, ICatalog catalog, CancellationToken ct)
    {
        var body = await Body(http, ct);
        return body.Ok
            ? Http.Answer(await catalog.ImportServices(body.Value, Http.ActorOf(http), ct: ct))
            : Http.Problem(body.Refusal);
    }

    public static async Task<IResult> Plans(HttpContext http, ICatalog catalog, CancellationToken ct)
    {
        var body = await Body(http, ct);
        return body.Ok
            ? Http.Answer(await catalog.ImportPlans(body.Value, Http.ActorOf(http), ct: ct))
            : Http.Problem(body.Refusal);
    }

    private static async Task<Result<string>> Body(HttpContext http, CancellationToken ct)
    {
        var bytes = await Bodies.Bytes(http, JsonFile.BytesMax, TooLarge, ct);
        if (!bytes.Ok) return bytes.Refusal;
        try
        {
            return Strict.GetString(bytes.Value.Span);
        }
        catch (DecoderFallbackException)
        {
            return NoText;
        }
    }
}
