using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Kernel;
using Sluice.Platform.Api;
using Sluice.Platform.Tenants.Inside;
using Sluice.Platform.Tenants.Inside.Data;
using Sluice.Platform.Tenants.Inside.Jwt;
using Sluice.Platform.Tenants.Inside.Organizations;
using Sluice.Platform.Tenants.Inside.Passkeys;
using Sluice.Platform.Tenants.Inside.Providers;
using Sluice.Platform.Tenants.Inside.Tokens;
using Sluice.Platform.Tenants.Inside.Tokens.Routes;
using Sluice.Platform.Tenants.Inside.Wallets;

namespace Sluice.Platform.Tenants;

public static class TenantsModule
{
    /// <summary>The authentication scheme of API tokens.</summary>
    public const string Scheme = "Sluice";
    /// <summary>The authentication scheme of people, by the cookie of their session.</summary>
    public const string SessionScheme = "Session";
    /// <summary>Either of the two, by what a request carries: the default one.</summary>
    public const string CallerScheme = "Caller";
    /// <summary>The log categories of the schemes, which tell of every request: for the host to quiet.</summary>
    public static readonly IReadOnlyList<string> SchemeLogs =
    [
        typeof(TokenAuthentication).FullName!, typeof(Inside.Sessions.SessionAuthentication).FullName!,
        typeof(JwtAuthentication).FullName!,
    ];

    /// <summary>
    /// Registers the room, the scheme and the judging of routes, which looks at the actor, not at the scheme, so that
    /// the host may authenticate the local command line in another way.
    /// </summary>
    public static IServiceCollection AddTenants(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSluiceJson();
        services.AddOrganizations();
        services.TryAddSingleton<TokenBook>();
        services.TryAddSingleton<ITokens>(provider => provider.GetRequiredService<TokenBook>());
        services.TryAddSingleton<TokenDoor>();
        services.TryAddSingleton<IMailGate, OpenMail>();
        services.TryAddSingleton<ITenants, TenantRoom>();
        services.AddSignIn();
        services.AddPasskeys();
        services.AddWallets();
        services.AddJwt();
        services.AddProviders();
        services.AddData();
        services.AddAuthentication(CallerScheme).AddCallers().AddJwtScheme()
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(
                Scheme, options => options.ForwardDefaultSelector = JwtWiring.Choose);
        services.AddRouteAccess();
        return services;
    }

    public static RouteGroupBuilder MapTenants(this RouteGroupBuilder api)
    {
        api.MapOrganizations();
        var tokens = api.MapGroup("/tokens").WithTags("Tokens");
        tokens.MapGet("", ListTokens.Handle)
            .RequiresAny(Permission.TokensRead, Permission.OperatorTokensRead, Permission.SelfRead)
            .Does("List tokens: one's own, an organization's, or the operators'", "tenants.organization-unknown")
            .Query("kind", "personal, organization or operator; otherwise what the one who asks has.")
            .Query("organization", "Whose: an id; otherwise that of the token that asks.")
            .Lists<AccessToken>(TokenBook.PageMax);
        tokens.MapPost("", PostToken.Handle)
            .RequiresAny(Permission.TokensWrite, Permission.OperatorTokensWrite, Permission.SelfSecurity).Idempotent()
            .Does(
                "Create a token; its text is in this answer and nowhere else", "tenants.organization-unknown",
                "tenants.scopes-invalid", "tenants.scopes-wide", "tenants.expiry-past", "tenants.tokens-max",
                "access.step-up", "auth.session-needed")
            .Takes<NewTokenBody>().Answers<IssuedToken>(201);
        tokens.MapPost("/{token}/revoke", RevokeToken.Handle)
            .RequiresAny(Permission.TokensWrite, Permission.OperatorTokensWrite, Permission.SelfSecurity)
            .Does("Revoke a token: it is refused at once", "tenants.token-unknown").AnswersNothing();
        api.MapSignIn();
        api.MapPasskeys();
        api.MapWallets();
        api.MapJwt();
        api.MapProviders();
        api.MapData();
        return api;
    }

    /// <summary>What programs that speak OAuth ask for: at the root, where they look for it.</summary>
    public static void MapTenantsOAuth(this IEndpointRouteBuilder app) => app.MapOAuth();
}
