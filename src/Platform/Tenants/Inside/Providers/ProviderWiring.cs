using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Providers.Routes;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>Sign-in with identity providers: what the room's module wires of it.</summary>
internal static class ProviderWiring
{
    public static void AddProviders(this IServiceCollection services)
    {
        services.AddOptions<ProviderSet>()
            .Configure<IConfiguration>((set, configuration) => set.Read(configuration.GetSection(ProviderSet.Section)))
            .ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ProviderSet>, ProviderSetCheck>());
        services.TryAddSingleton<ProviderBook>();
        services.TryAddSingleton<Means>();
        services.TryAddSingleton<Journeys>();
        services.TryAddSingleton<LoginRows>();
        services.TryAddSingleton<LoginBook>();
        services.TryAddSingleton<ILogins>(provider => provider.GetRequiredService<LoginBook>());
        services.TryAddSingleton<KnownAddresses>();
        services.TryAddSingleton<ProviderSignUps>();
        services.TryAddSingleton<ProviderSignIns>();
        services.TryAddSingleton<ProviderStepUps>();
        services.TryAddSingleton<ProviderArrivals>();
        services.TryAddSingleton<IProviders, ProviderRoom>();
    }

    public static void MapProviders(this RouteGroupBuilder api)
    {
        api.MapGet("/auth/providers", GetProviders.Handle).WithTags("Sign-in")
            .Anonymous("Signing in is for who is not signed in.")
            .Does("List the identity providers to sign in with").Produces<Listed<SignInProvider>>();
        var mine = api.MapGroup("/me/logins").WithTags("Oneself");
        mine.MapGet("", MyLogins.List).Requires(Permission.SelfRead)
            .Does("List one's logins at identity providers").Produces<Listed<Login>>();
        mine.MapPost("", MyLogins.Begin).Requires(Permission.SelfSecurity, fresh: true)
            .Does("Begin to link a login: the path is for the browser of this session", "auth.provider-unknown")
            .Takes<LoginBody>().Answers<LoginWay>();
        mine.MapDelete("/{login}", MyLogins.Unlink).Requires(Permission.SelfSecurity, fresh: true)
            .Does("Take a login away", "auth.login-unknown", "auth.last-means").AnswersNothing();
    }
}
