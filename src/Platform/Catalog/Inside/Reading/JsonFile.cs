using System.Text;
using System.Text.Json;

namespace Sluice.Platform.Catalog.Inside.Reading;

/// <summary>Turns a text into JSON, within limits. Comments are allowed, trailing commas are not.</summary>
internal static class JsonFile
{
    internal const int BytesMax = 4 * 1024 * 1024;
    private const int DepthMax = 32;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly JsonDocumentOptions Options = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = false,
        MaxDepth = DepthMax,
    };

    /// <summary>Null, with a fault, when the text is no JSON.</summary>
    public static JsonDocument? Open(string json, Faults faults)
    {
        byte[] bytes;
        try
        {
            if (json.Length > BytesMax || Strict.GetByteCount(json) > BytesMax)
            {
                faults.Add(
                    "$",
                    $"the file is larger than {BytesMax / 1024 / 1024} MiB. "
                    + "Split it: an import leaves alone what it does not name.");
                return null;
            }
            bytes = Strict.GetBytes(json);
        }
        catch (EncoderFallbackException)
        {
            faults.Add("$", "the file is not valid Unicode (half a surrogate pair). Save it as UTF-8.");
            return null;
        }
        try
        {
            return JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? 3 : 0), Options);
        }
        catch (JsonException e)
        {
            faults.Add("$", $"not JSON at {Bodies.Place(e)}: {Reason(e.Message)}");
            return null;
        }
    }

    private static string Reason(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}
