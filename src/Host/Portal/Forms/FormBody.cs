using Microsoft.AspNetCore.Http.Features;

namespace Sluice.Host.Portal.Forms;

/// <summary>
/// Reads a form within limits. U+0000, which the framework's reader takes for an attack and the database for no text, is
/// taken out of the field that holds it and said beside it; everything else that was typed stays.
/// </summary>
internal static class FormBody
{
    private const int BytesMax = 256 * 1024;
    private const int FieldsMax = 300;
    private const int ValueCharactersMax = 64 * 1024;
    private const int NameCharactersMax = 200;

    private const string Nothing =
        "This held a character that no text has (U+0000). It is taken out: look at it again, and send it.";

    private static readonly FormOptions Limits = new()
    {
        ValueCountLimit = FieldsMax,
        ValueLengthLimit = ValueCharactersMax,
        KeyLengthLimit = NameCharactersMax,
        BufferBodyLengthLimit = BytesMax,
        MultipartBodyLengthLimit = BytesMax,
    };

    /// <summary>What was sent, with an error beside each field that held what no text holds.</summary>
    /// <exception cref="InvalidDataException">It is no form, or larger than a form may be.</exception>
    /// <exception cref="BadHttpRequestException">The body is larger than a form may be.</exception>
    public static async Task<FormState> Read(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = BytesMax;
        // The other kind, in parts, is read with everything that it holds.
        if (http.Request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) != true) await Plain(http);
        var form = new FormState();
        foreach (var (name, values) in await http.Request.ReadFormAsync(Limits, http.RequestAborted))
        {
            var (key, text) = (Without(name), values.ToString());
            form.With(key, Without(text));
            if (text.Contains('\0', StringComparison.Ordinal)) form.Wrong(key, Nothing);
        }
        return form;
    }

    private static string Without(string text) => text.Replace("\0", "", StringComparison.Ordinal);

    // The reader refuses the whole form for one %00, but reads the byte itself as it is.
    private static async Task Plain(HttpContext http)
    {
        var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var bytes = body.GetBuffer().AsSpan(0, (int)body.Length);
        if (bytes.IndexOf("%00"u8) >= 0) body = new MemoryStream(Decoded(bytes));
        body.Position = 0;
        http.Request.Body = body;
    }

    private static byte[] Decoded(ReadOnlySpan<byte> bytes)
    {
        var decoded = new List<byte>(bytes.Length);
        for (var at = bytes.IndexOf("%00"u8); at >= 0; at = bytes.IndexOf("%00"u8))
        {
            decoded.AddRange(bytes[..at]);
            decoded.Add(0);
            bytes = bytes[(at + 3)..];
        }
        decoded.AddRange(bytes);
        return [.. decoded];
    }
}
