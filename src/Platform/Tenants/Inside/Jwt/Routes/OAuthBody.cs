using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Jwt.Routes;

/// <summary>
/// The parameters of an OAuth request: a form, as RFC 6749 says, or the same members as JSON texts. What nobody knows is passed
/// over (3.2); what stands twice is refused.
/// </summary>
internal sealed class OAuthBody(IReadOnlyDictionary<string, string> members)
{
    private const int BytesMax = 32 * 1024;
    private const int MembersMax = 50;
    private const string Form = "application/x-www-form-urlencoded";

    private static readonly Refusal Large = TokenRefusals.Request($"The body has at most {BytesMax} bytes.");

    private static readonly Refusal Other =
        TokenRefusals.Request($"Send a form ('Content-Type: {Form}'), or the same members as JSON.");

    private static readonly Refusal Unreadable =
        TokenRefusals.Request("The body cannot be read: a form, or a JSON object of texts.");

    /// <summary>An empty parameter counts as left out.</summary>
    public string? this[string name] => members.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    public static async Task<Result<OAuthBody>> Read(HttpContext http, CancellationToken ct)
    {
        var isForm = http.Request.ContentType?.Split(';')[0].Trim().Equals(Form, StringComparison.OrdinalIgnoreCase) == true;
        if (!isForm && !http.Request.HasJsonContentType()) return Other;
        var bytes = await Bodies.Bytes(http, BytesMax, Large, ct);
        if (!bytes.Ok) return bytes.Refusal;
        var members = isForm ? OfForm(bytes.Value.Span) : OfJson(bytes.Value.ToArray());
        return members is null ? Unreadable : new OAuthBody(members);
    }

    private static Dictionary<string, string>? OfForm(ReadOnlySpan<byte> bytes)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) return null;
        Dictionary<string, string> members = new(StringComparer.Ordinal);
        foreach (var (name, values) in QueryHelpers.ParseQuery(Encoding.UTF8.GetString(bytes)))
        {
            if (values.Count != 1 || members.Count == MembersMax || !members.TryAdd(name, values[0] ?? "")) return null;
        }
        return members;
    }

    private static Dictionary<string, string>? OfJson(byte[] bytes)
    {
        if (JwtText.Object(bytes) is not { } read) return null;
        Dictionary<string, string> members = new(StringComparer.Ordinal);
        foreach (var member in read.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null) continue;
            if (members.Count == MembersMax || JwtClaims.TextOf(member.Value) is not { } text) return null;
            members[member.Name] = text;
        }
        return members;
    }
}
