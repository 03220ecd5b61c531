using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>
/// What a route or a page asks of the actor: any one of <paramref name="permissions"/>, or the reason why it is open to
/// everybody. Every endpoint of the host declares one of the two; what declares neither is refused, and a test names it.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class RequiresAttribute(params Permission[] permissions) : Attribute, IAuthorizeData, IAuthorizationRequirementData
{
    public IReadOnlyList<Permission> Permissions { get; } = permissions;

    /// <summary>Whether a person must have proved who he is in the last 15 minutes.</summary>
    public bool Fresh { get; init; }

    public string? Policy { get; set; }
    public string? Roles { get; set; }
    public string? AuthenticationSchemes { get; set; }

    public IEnumerable<IAuthorizationRequirement> GetRequirements() => [new AccessRequirement(this)];
}

/// <summary>Says that an endpoint is open to everybody, and why.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class AnonymousAttribute(string why) : Attribute, IAllowAnonymous
{
    public string Why { get; } = why;
}

/// <summary>
/// How an endpoint tells of a refusal, where it is not by problem details: a page shows a page. Metadata of an endpoint.
/// </summary>
public sealed record RefusalWriter(Func<HttpContext, Refusal, Task> Write);

/// <summary>How routes declare who may use them.</summary>
public static class RouteAccess
{
    /// <summary>
    /// Asks for a permission. Of an organization: in the one that the route names as <c>{org}</c>, otherwise in any at
    /// all, and the room decides by the thing that is asked for.
    /// </summary>
    public static TBuilder Requires<TBuilder>(this TBuilder route, Permission permission, bool fresh = false)
        where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new RequiresAttribute(permission) { Fresh = fresh });

    /// <summary>Asks for any one of several permissions; the room decides which by what is asked for.</summary>
    public static TBuilder RequiresAny<TBuilder>(this TBuilder route, params Permission[] permissions)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RequiresAttribute(permissions));

    /// <summary>Opens a route to everybody, and says why.</summary>
    public static TBuilder Anonymous<TBuilder>(this TBuilder route, string why) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new AnonymousAttribute(why));

    /// <summary>Registers the judging of the declarations. What declares nothing is closed.</summary>
    public static IServiceCollection AddRouteAccess(this IServiceCollection services)
    {
        services.AddAuthorizationBuilder().SetFallbackPolicy(
            new AuthorizationPolicyBuilder().AddRequirements(new DeclaredRequirement()).Build());
        services.RemoveAll<IAuthorizationMiddlewareResultHandler>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessAnswers>();
        services.TryAddSingleton<SecurityLog>();
        return services;
    }
}

/// <summary>Judges a declaration of a route by the actor of the request.</summary>
internal sealed class AccessRequirement(RequiresAttribute declared)
    : AuthorizationHandler<AccessRequirement>, IAuthorizationRequirement
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, AccessRequirement requirement)
    {
        var actor = Actor.From(context.User);
        if (actor is null || context.Resource is not HttpContext http)
        {
            context.Fail(new RefusalReason(this, Refusals.NoToken));
            return Task.CompletedTask;
        }
        if (requirement.Judge(actor, http) is { } refusal) context.Fail(new RefusalReason(this, refusal));
        else context.Succeed(requirement);
        return Task.CompletedTask;
    }

    private Refusal? Judge(Actor actor, HttpContext http)
    {
        Refusal? first = null;
        foreach (var permission in declared.Permissions)
        {
            if (Judge(actor, permission, http) is not { } refusal)
                return declared.Fresh && !actor.IsFresh ? Refusals.StepUp : null;
            first ??= refusal;
        }
        return first ?? throw new InvalidOperationException("A route requires no permission: declare one, or .Anonymous.");
    }

    private static Refusal? Judge(Actor actor, Permission permission, HttpContext http)
    {
        if (Access.LevelOf(permission) != PermissionLevel.Organization) return actor.Check(permission);
        if (http.Request.RouteValues["org"] is not string org)
            return actor.MaySomewhere(permission) ? null : Permits.Why(actor, permission, null);
        return WireId.TryParse<OrganizationId>(org, out var organization)
            ? actor.Check(permission, organization, Refusals.NoOrganization(org))
            : Refusals.NoOrganization(org);
    }
}

/// <summary>Closes what declares nothing. A request that meets no endpoint at all goes on, to be told so.</summary>
internal sealed class DeclaredRequirement : AuthorizationHandler<DeclaredRequirement>, IAuthorizationRequirement
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, DeclaredRequirement requirement)
    {
        if (context.Resource is HttpContext http && http.GetEndpoint() is null) context.Succeed(requirement);
        else context.Fail(new RefusalReason(this, Refusals.Undeclared));
        return Task.CompletedTask;
    }
}

internal sealed class RefusalReason(IAuthorizationHandler handler, Refusal refusal)
    : AuthorizationFailureReason(handler, refusal.Code)
{
    public Refusal Refusal { get; } = refusal;
}
