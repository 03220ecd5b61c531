using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Tenants;

/// <summary>Something that one browser may answer, once, for five minutes.</summary>
/// <param name="Secret">For the cookie (<see cref="ChallengeCookie"/>) and nothing else.</param>
/// <param name="ExpiresAt">Its end.</param>
public sealed record Challenge(string Secret, DateTimeOffset ExpiresAt);

/// <summary>An answer to a challenge.</summary>
/// <param name="Credential">JSON of the browser's <c>PublicKeyCredential</c>; may hold anything.</param>
/// <param name="Secret">What <see cref="ChallengeCookie"/> read; null where the browser holds none.</param>
public sealed record ChallengeAnswer(string Credential, string? Secret);

/// <summary>
/// The cookie that binds a challenge to the browser that asked for it: nobody answers in somebody else's browser, and so
/// nobody is signed in to an account of somebody else unawares.
/// </summary>
public static class ChallengeCookie
{
    public const string Name = "__Host-sluice-challenge";

    public static string? Read(HttpContext http) =>
        http.Request.Cookies.TryGetValue(Name, out var secret) && secret.Length > 0 ? secret : null;

    /// <summary>Hands a challenge to the browser; a newer one takes the place of an older.</summary>
    public static void Write(HttpContext http, Challenge challenge)
    {
        var options = Options();
        options.Expires = challenge.ExpiresAt;
        http.Response.Cookies.Append(Name, challenge.Secret, options);
        http.Response.Headers.CacheControl = "no-store";
    }

    public static void Clear(HttpContext http) => http.Response.Cookies.Delete(Name, Options());

    private static CookieOptions Options() => new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        IsEssential = true,
    };
}
