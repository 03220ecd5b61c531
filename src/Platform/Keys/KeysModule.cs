using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Kernel;
using Sluice.Platform.Api;
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
        services.AddSingleton<IOrganizationFollower, KeySuspensions>();
        services.TryAddSingleton<AppBook>();
        services.TryAddSingleton<KeyBook>();
        services.TryAddSingleton<IKeys, KeyRoom>();
        return services;
    }

    public static RouteGroupBuilder MapKeys(this RouteGroupBuilder api)
    {
        var keys = api.MapGroup("").WithTags("Keys");
        keys.MapGet("/organizations/{org}/apps", ListApps.Handle).Requires(Permission.AppsRead);
        keys.MapPost("/organizations/{org}/apps", PostApp.Handle).Requires(Permission.AppsWrite).Idempotent();
        keys.MapGet("/apps/{app}", GetApp.Handle).Requires(Permission.AppsRead);
        keys.MapGet("/apps/{app}/rules", GetApp.Rules).Requires(Permission.AppsRead);
        keys.MapPut("/apps/{app}/rules", PutRules.Handle).Requires(Permission.RulesWrite);
        keys.MapGet("/apps/{app}/limits", GetApp.Limits).Requires(Permission.AppsRead);
        keys.MapPut("/apps/{app}/limits", PutLimits.Handle).Requires(Permission.LimitsWrite);
        keys.MapGet("/apps/{app}/keys", ListKeys.Handle).Requires(Permission.KeysRead);
        keys.MapPost("/apps/{app}/keys", PostKey.Handle).Requires(Permission.KeysWrite, fresh: true).Idempotent();
        keys.MapPost("/keys/{key}/revoke", RevokeKey.Handle).Requires(Permission.KeysWrite);
        keys.MapPost("/keys/{key}/rotate", RotateKey.Handle).Requires(Permission.KeysWrite, fresh: true).Idempotent();
        return api;
    }
}
