using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Kernel;
using Sluice.Platform.Api;
using Sluice.Platform.Catalog;
using Sluice.Platform.Jobs;
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
        services.AddSingleton<IExportSource, KeyExports>();
        services.AddSubscriber<OrganizationDeleted, KeyErasure>("keys.organization-deleted");
        return services;
    }

    public static RouteGroupBuilder MapKeys(this RouteGroupBuilder api)
    {
        var keys = api.MapGroup("").WithTags("Keys");
        keys.MapGet("/organizations/{org}/apps", ListApps.Handle).Requires(Permission.AppsRead)
            .Does("List the apps of an organization").Lists<AppBody>(AppBook.PageMax);
        keys.MapPost("/organizations/{org}/apps", PostApp.Handle).Requires(Permission.AppsWrite).Idempotent()
            .Does("Create an app", "keys.name-taken", "keys.apps-max").Takes<NameBody>().Answers<AppBody>(201);
        MapApp(keys.MapGroup("/apps/{app}"));
        keys.MapPost("/keys/{key}/revoke", RevokeKey.Handle).Requires(Permission.KeysWrite)
            .Does("Revoke a key: every node refuses it within a second", "keys.key-unknown").AnswersNothing();
        keys.MapPost("/keys/{key}/rotate", RotateKey.Handle).Requires(Permission.KeysWrite, fresh: true).Idempotent()
            .Does(
                "Issue the successor of a key, while the old one works on for the overlap", "keys.key-unknown",
                "keys.key-ended", "keys.key-rotated", "keys.key-overlap", "keys.overlap-invalid")
            .Takes<RotationBody>(optional: true).Answers<IssuedKey>(201);
        return api;
    }

    private static void MapApp(RouteGroupBuilder app)
    {
        app.MapGet("", GetApp.Handle).Requires(Permission.AppsRead)
            .Does("Show an app with its rules and limits", "keys.app-unknown").Answers<AppBody>().Versioned();
        app.MapGet("/rules", GetApp.Rules).Requires(Permission.AppsRead)
            .Does("Show the rules of an app", "keys.app-unknown").Answers<RulesBody>().Versioned();
        app.MapPut("/rules", PutRules.Handle).Requires(Permission.RulesWrite)
            .Does(
                "Replace the rules of an app: values of one type are OR-ed, types are AND-ed, an empty type allows all",
                "keys.app-unknown", "keys.rules-invalid", "keys.publishable-rule")
            .Takes<RulesBody>().Answers<RulesBody>().Versioned();
        app.MapGet("/limits", GetApp.Limits).Requires(Permission.AppsRead)
            .Does("Show the limits of an app", "keys.app-unknown").Answers<LimitSet>().Versioned();
        app.MapPut("/limits", PutLimits.Handle).Requires(Permission.LimitsWrite)
            .Does("Replace the limits of an app", "keys.app-unknown", "keys.limits-invalid")
            .Takes<LimitSet>().Answers<LimitSet>().Versioned();
        app.MapGet("/keys", ListKeys.Handle).Requires(Permission.KeysRead)
            .Does("List the keys of an app", "keys.app-unknown").Lists<Key>(KeyBook.PageMax);
        app.MapPost("/keys", PostKey.Handle).Requires(Permission.KeysWrite, fresh: true).Idempotent()
            .Does(
                "Create a key; its text is in this answer and nowhere else", "keys.app-unknown", "keys.keys-max",
                "keys.publishable-rule", "keys.kind-invalid", "keys.expiry-past", "keys.limits-invalid")
            .Takes<NewKeyBody>().Answers<IssuedKey>(201);
    }
}
