using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Tenants.Inside.Passkeys.Routes;

/// <summary>What a browser answers, as a field of a body: a JSON object that the handler judges, of bounded size.</summary>
internal static class CredentialField
{
    private const int CharactersMax = 32 * 1024;

    /// <summary>The credential as it came; empty, with a fault, where it is missing or too long.</summary>
    public static string Credential(this ObjectAt at, string name)
    {
        if (at.Find(name) is null) at.Faults.Add(at.At(name), "is missing. Add it: what navigator.credentials answered.");
        return at.OptionalCredential(name) ?? "";
    }

    public static string? OptionalCredential(this ObjectAt at, string name)
    {
        if (at.Find(name) is not { } value) return null;
        var fault = value.ValueKind != JsonValueKind.Object ? "must be an object {…}: what navigator.credentials answered."
            : value.GetRawText().Length > CharactersMax ? $"has more than {CharactersMax} characters."
            : null;
        if (fault is null) return value.GetRawText();
        at.Faults.Add(at.At(name), fault);
        return null;
    }

    /// <summary>What a browser is asked, with the cookie that binds it.</summary>
    public static IResult Request(HttpContext http, Kernel.Result<PasskeyRequest> result) => Http.Answer(result, request =>
    {
        ChallengeCookie.Write(http, request.Challenge);
        return Results.Json(new PasskeyOptions(request.Options, request.Challenge.ExpiresAt), Http.Json);
    });
}

/// <param name="PublicKey">For <c>navigator.credentials</c>.</param>
/// <param name="ExpiresAt">Until when an answer is taken.</param>
internal sealed record PasskeyOptions(JsonElement PublicKey, DateTimeOffset ExpiresAt);
