using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside;
using Sluice.Platform.Tenants.Inside.Organizations;
using Sluice.Platform.Tenants.Inside.Tokens;
using Sluice.Platform.Tenants.Inside.Tokens.Routes;

namespace Sluice.Platform.Tenants;

public static class TenantsModule
{
    /// <summary>The authentication scheme of API tokens, the default one.</summary>
    public const string Scheme = "Sluice";
    /// <summary>The log category of the scheme, which tells of every request: for the host to quiet.</summary>
    public static readonly string SchemeLogs = typeof(TokenAuthentication).FullName!;

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
        services.TryAddSingleton<ITenants, TenantRoom>();
        services.AddAuthentication(Scheme).AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(Scheme, null);
        services.AddRouteAccess();
        return services;
    }

    public static RouteGroupBuilder MapTenants(this RouteGroupBuilder api)
    {
        api.MapOrganizations();
        var tokens = api.MapGroup("/tokens").WithTags("Tenants");
        tokens.MapPost("", PostToken.Handle)
            .RequiresAny(Permission.TokensWrite, Permission.OperatorTokensWrite, Permission.SelfSecurity);
        tokens.MapPost("/{token}/revoke", RevokeToken.Handle)
            .RequiresAny(Permission.TokensWrite, Permission.OperatorTokensWrite, Permission.SelfSecurity);
        return api;
    }
}
