using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Jwt.Routes;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>Machine access by signed tokens: what the room's module wires of it.</summary>
internal static class JwtWiring
{
    private const string Scheme = "Jwt";

    private const string Holding = "holding what is sent is what opens it";

    public static void AddJwt(this IServiceCollection services)
    {
        services.AddOptions<AccessTokensOptions>().BindConfiguration("AccessTokens").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ExternalIssuerOptions>()
            .BindConfiguration("ExternalIssuer").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<IssuerKeys>();
        services.TryAddSingleton<ISigningKeys>(provider => provider.GetRequiredService<IssuerKeys>());
        services.TryAddSingleton<AccessTokens>();
        services.TryAddSingleton<GrantBook>();
        services.TryAddSingleton<IGrants>(provider => provider.GetRequiredService<GrantBook>());
        services.TryAddSingleton<Refreshing>();
        services.TryAddSingleton<TokenDesk>();
        services.TryAddSingleton<ExternalKeys>();
        services.TryAddSingleton<ExternalIssuer>();
        services.TryAddSingleton<ExternalLinks>();
        services.TryAddSingleton<JwtBearers>();
    }

    /// <summary>A scheme of its own, and the way to it from that of all tokens.</summary>
    public static AuthenticationBuilder AddJwtScheme(this AuthenticationBuilder authentication) =>
        authentication.AddScheme<AuthenticationSchemeOptions, JwtAuthentication>(Scheme, null);

    /// <summary>The scheme of a bearer that reads like a signed token; null for others.</summary>
    public static string? Choose(HttpContext http) => JwtAuthentication.IsMeant(http) ? Scheme : null;

    public static void MapJwt(this RouteGroupBuilder api)
    {
        var mine = api.MapGroup("/me/grants").WithTags("Oneself");
        mine.MapGet("", MyGrants.List).Requires(Permission.SelfRead)
            .Does("List the programs that one let in, the latest used first").AnswersAll<Grant>();
        mine.MapPost("/{grant}/revoke", MyGrants.Revoke).Requires(Permission.SelfSecurity)
            .Does("End a program's grant: its tokens are refused at once", "tenants.grant-unknown").AnswersNothing();
        var keys = api.MapGroup("/auth/keys").WithTags("Signing keys");
        keys.MapGet("", AuthKeys.List).Requires(Permission.SettingsRead)
            .Does("List the keys that sign access tokens").AnswersAll<SigningKeyState>();
        keys.MapPost("/rotate", AuthKeys.Rotate).Requires(Permission.SettingsWrite, fresh: true)
            .Does("Make a signing key that signs at once").Takes<KeyRotationBody>(optional: true).Answers<SigningKeyState>();
        var subject = api.MapGroup("/users/{user}/external-subject").WithTags("Users");
        subject.MapPut("", ExternalSubject.Put).Requires(Permission.UsersWrite, fresh: true)
            .Does(
                "Say who a person is at the outside issuer", "tenants.user-unknown", "auth.issuer-none", "auth.subject-taken")
            .Takes<SubjectBody>().AnswersNothing();
        subject.MapDelete("", ExternalSubject.Delete).Requires(Permission.UsersWrite, fresh: true)
            .Does("Forget who a person is at the outside issuer", "tenants.user-unknown", "auth.issuer-none").AnswersNothing();
    }

    public static void MapOAuth(this IEndpointRouteBuilder app)
    {
        app.MapPost("/auth/token", PostAuthToken.Handle).Anonymous(Holding);
        app.MapPost("/auth/revoke", PostAuthRevoke.Handle).Anonymous(Holding);
        app.MapGet("/.well-known/jwks.json", WellKnown.Keys).Anonymous("whoever verifies a token needs the public keys");
        app.MapGet("/.well-known/oauth-authorization-server", WellKnown.Metadata).Anonymous("programs find the rest by it");
    }
}
