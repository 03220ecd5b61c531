using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>
/// Tells why a route is closed to an actor: by the endpoint's own writer where it has one, otherwise as problem details.
/// Whoever is not signed in is answered by the authentication scheme.
/// </summary>
internal sealed class AccessAnswers : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _otherwise = new();

    public Task HandleAsync(
        RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded) return next(context);
        var writer = context.GetEndpoint()?.Metadata.GetMetadata<RefusalWriter>();
        if (authorizeResult.Challenged)
            return writer?.Write(context, Refusals.NoToken) ?? _otherwise.HandleAsync(next, context, policy, authorizeResult);
        var refusal = authorizeResult.AuthorizationFailure?.FailureReasons.OfType<RefusalReason>().FirstOrDefault()?.Refusal
            ?? Refusals.Undeclared;
        // What one may not see is no 403, and the writer of a page tells nobody.
        if (writer is not null || refusal.Status == StatusCodes.Status404NotFound) SecurityLog.Closed(context, refusal);
        return writer?.Write(context, refusal) ?? Http.Write(context, refusal);
    }
}
