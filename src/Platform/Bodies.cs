using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>
/// The one way in which routes of /api/v1 read a body: a JSON object, read field by field, all faults told at once. What
/// nobody asked for, what stands twice and what has another type is refused: a misspelt limit must not be no limit.
/// </summary>
internal static class Bodies
{
    private const int BytesMax = 1 << 20;
    private const int DepthMax = 32;

    private static readonly Refusal NotJson =
        new("api.media-type", "Send the body as JSON, with 'Content-Type: application/json'.", 415);

    private static readonly Refusal Missing = new("api.body-invalid", "The body is missing: send a JSON object.", 400);

    private static readonly Refusal Cut =
        new("api.body-invalid", "The body ended before it was whole: send as many bytes as Content-Length says.", 400);

    private static readonly Refusal Large = new("api.body-large", $"The body has at most {BytesMax} bytes: send less.", 413);

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = DepthMax };

    /// <summary>What <paramref name="read"/> makes of the body, or what is wrong with it, where, and the fix.</summary>
    public static async Task<Result<T>> Read<T>(HttpContext http, Func<ObjectAt, T> read, CancellationToken ct)
    {
        if (!http.Request.HasJsonContentType()) return NotJson;
        var bytes = await Bytes(http, BytesMax, Large, ct);
        if (!bytes.Ok) return bytes.Refusal;
        if (bytes.Value.Length == 0) return Missing;
        try
        {
            using var document = JsonDocument.Parse(bytes.Value, Options);
            return Read(document.RootElement, read);
        }
        catch (JsonException fault)
        {
            return new Refusal("api.body-invalid", $"The body is no JSON at {Place(fault)}: mend it there.", 400);
        }
    }

    /// <summary>Whether a body came. Where its length is not told, that is known when its first bytes are there.</summary>
    public static async Task<bool> IsThere(HttpContext http, CancellationToken ct)
    {
        if (http.Request.ContentLength is { } lengthBytes) return lengthBytes > 0;
        try
        {
            var first = await http.Request.BodyReader.ReadAsync(ct);
            http.Request.BodyReader.AdvanceTo(first.Buffer.Start);
            return !first.Buffer.IsEmpty;
        }
        catch (BadHttpRequestException)
        {
            // Something came, and is refused as what it is.
            return true;
        }
    }

    /// <summary>The body as it came, at most so much of it.</summary>
    public static async Task<Result<ReadOnlyMemory<byte>>> Bytes(
        HttpContext http, int max, Refusal tooLarge, CancellationToken ct)
    {
        if (http.Request.ContentLength > max) return tooLarge;
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        try
        {
            for (int read; (read = await http.Request.Body.ReadAsync(buffer, ct)) > 0;)
            {
                if (body.Length + read > max) return tooLarge;
                body.Write(buffer, 0, read);
            }
        }
        catch (BadHttpRequestException fault)
        {
            return fault.StatusCode == StatusCodes.Status413PayloadTooLarge ? tooLarge : Cut;
        }
        return (ReadOnlyMemory<byte>)body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    /// <summary>Where a text stops being JSON, for people, who count from one.</summary>
    public static string Place(JsonException fault) =>
        $"line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1} of the line";

    private static Result<T> Read<T>(JsonElement root, Func<ObjectAt, T> read)
    {
        var faults = new Faults();
        if (ObjectAt.Open(root, "", faults) is not { } at) return faults.Refuse();
        var value = read(at);
        at.Close();
        return faults.None ? value : faults.Refuse();
    }
}
