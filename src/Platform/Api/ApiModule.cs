using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Platform.Api.Inside;

namespace Sluice.Platform.Api;

public static class ApiModule
{
    /// <summary>Registers what all routes share; needs the database and an <see cref="ISecretBox"/>.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<ApiOptions>().BindConfiguration("Api").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<FirstAnswers>();
        services.TryAddSingleton<IdempotencyGate>();
        return services;
    }

    /// <summary>
    /// Makes a creation safe to repeat: under the same <c>Idempotency-Key</c> of the same actor it happens once, and the
    /// repeat gets the first answer, secrets included. The handler passes <see cref="Http.WorkOf"/> to the room, so that
    /// creation and answer are committed together. A refusal is not remembered.
    /// </summary>
    public static RouteHandlerBuilder Idempotent(this RouteHandlerBuilder route) =>
        route.AddEndpointFilter(Idempotency.Run).WithMetadata(new IdempotentMetadata());
}

/// <summary>Marks routes that take an <c>Idempotency-Key</c>.</summary>
public sealed record IdempotentMetadata;
