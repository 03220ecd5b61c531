using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside;

namespace Sluice.Platform.Tenants;

public static class TenantsModule
{
    /// <summary>The authentication scheme of API tokens, the default one.</summary>
    public const string Scheme = "Sluice";
    /// <summary>The log category of the scheme, which tells of every request: for the host to quiet.</summary>
    public static readonly string SchemeLogs = typeof(TokenAuthentication).FullName!;

    /// <summary>The policy of routes for operators.</summary>
    public const string OperatorPolicy = "operator";
    /// <summary>The policy of routes for any authenticated actor.</summary>
    public const string MemberPolicy = "member";

    /// <summary>
    /// Registers the room, the scheme and the policies. The policies look at the user, not at the scheme, so that the
    /// host may authenticate the local command line in another way.
    /// </summary>
    public static IServiceCollection AddTenants(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSluiceJson();
        services.TryAddSingleton<OrganizationBook>();
        services.TryAddSingleton<TokenBook>();
        services.TryAddSingleton<ITenants, TenantRoom>();
        services.AddAuthentication(Scheme).AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(Scheme, null);
        services.AddAuthorizationBuilder()
            .AddPolicy(MemberPolicy, policy => policy.RequireAssertion(c => Actor.From(c.User) is not null))
            .AddPolicy(OperatorPolicy, policy => policy
                .RequireAuthenticatedUser()
                .RequireAssertion(c => Actor.From(c.User) is { IsOperator: true }));
        return services;
    }

    public static RouteGroupBuilder MapTenants(this RouteGroupBuilder api)
    {
        var organizations = api.MapGroup("/organizations").WithTags("Tenants").RequireAuthorization(MemberPolicy);
        organizations.MapGet("", ListOrganizations.Handle);
        organizations.MapPost("", PostOrganization.Handle).RequireAuthorization(OperatorPolicy);
        var tokens = api.MapGroup("/tokens").WithTags("Tenants").RequireAuthorization(MemberPolicy);
        tokens.MapPost("", PostToken.Handle);
        tokens.MapPost("/{token}/revoke", RevokeToken.Handle);
        return api;
    }
}
