using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Platform.Keys.Inside;
using Sluice.Platform.Keys.Inside.Routes;
using Sluice.Platform.Tenants;

namespace Sluice.Platform.Keys;

public static class KeysModule
{
    /// <summary>Registers the room; needs the database, Audit, Tenants and Catalog.</summary>
    public static IServiceCollection AddKeys(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<KeyFeed>();
        services.TryAddSingleton<IKeyFeed>(provider => provider.GetRequiredService<KeyFeed>());
        services.TryAddSingleton<KeyWrites>();
        services.TryAddSingleton<AppBook>();
        services.TryAddSingleton<KeyBook>();
        services.TryAddSingleton<IKeys, KeyRoom>();
        return services;
    }

    public static RouteGroupBuilder MapKeys(this RouteGroupBuilder api)
    {
        var keys = api.MapGroup("").WithTags("Keys").RequireAuthorization(TenantsModule.MemberPolicy);
        keys.MapGet("/organizations/{org}/apps", ListApps.Handle);
        keys.MapPost("/organizations/{org}/apps", PostApp.Handle);
        keys.MapGet("/apps/{app}", GetApp.Handle);
        keys.MapGet("/apps/{app}/rules", GetApp.Rules);
        keys.MapPut("/apps/{app}/rules", PutRules.Handle);
        keys.MapGet("/apps/{app}/limits", GetApp.Limits);
        keys.MapPut("/apps/{app}/limits", PutLimits.Handle);
        keys.MapGet("/apps/{app}/keys", ListKeys.Handle);
        keys.MapPost("/apps/{app}/keys", PostKey.Handle);
        keys.MapPost("/keys/{key}/revoke", RevokeKey.Handle);
        keys.MapPost("/keys/{key}/rotate", RotateKey.Handle);
        return api;
    }
}
