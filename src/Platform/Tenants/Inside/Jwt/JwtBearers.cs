using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>Who a signed token stands for: of this installation's own, or of the outside issuer.</summary>
internal sealed class JwtBearers(AccessTokens own, ExternalIssuer outside)
{
    public async Task<Result<Actor>> Authenticate(string text, Origin from, CancellationToken ct)
    {
        if (JwtText.Read(text) is not { } token) return Refusals.NoToken;
        // Whose keys are asked for, the token says; whether it is theirs, the keys.
        return token.Claims.Text("iss") == own.Issuer
            ? await own.Authenticate(token, from, ct)
            : await outside.Authenticate(token, from, ct);
    }
}

/// <summary>Reads <c>Authorization: Bearer eyJ….….…</c>; refuses as problem details, and as RFC 6750 asks for.</summary>
internal sealed class JwtAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, JwtBearers bearers)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    private const string Bearer = "Bearer ";

    private Refusal _refusal = Refusals.NoToken;

    /// <summary>Whether the request carries such a token.</summary>
    public static bool IsMeant(HttpContext http) => TextOf(http.Request) is { } text && JwtText.LooksLikeOne(text);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (TextOf(Request) is not { } text) return AuthenticateResult.NoResult();
        var actor = await bearers.Authenticate(text, Http.OriginOf(Context), Context.RequestAborted);
        if (actor.Ok)
            return AuthenticateResult.Success(new AuthenticationTicket(actor.Value.ToPrincipal(Scheme.Name), Scheme.Name));
        _refusal = actor.Refusal;
        return AuthenticateResult.Fail("The token is not genuine, has expired or was revoked.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = $"""Bearer error="invalid_token", error_description="{_refusal.Code}" """.TrimEnd();
        return Http.Write(Context, _refusal);
    }

    private static string? TextOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? header[Bearer.Length..].Trim()
            : null;
}
