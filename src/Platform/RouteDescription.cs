using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Sluice.Platform;

/// <summary>How routes tell what they do, for <c>/openapi.json</c> and the reference that is made of it.</summary>
public static class RouteDescription
{
    /// <param name="summary">What it does, as a sentence without a full stop.</param>
    /// <param name="refusals">The codes that are its own; those of every route are added.</param>
    public static RouteHandlerBuilder Does(this RouteHandlerBuilder route, string summary, params string[] refusals) =>
        route.WithSummary(summary).WithMetadata(new RouteRefusals(refusals));

    /// <summary>The shape of its JSON body.</summary>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route, bool optional = false) where T : notnull =>
        route.WithMetadata(new JsonBody(typeof(T), optional));

    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder route, int status = StatusCodes.Status200OK) =>
        route.Produces<T>(status);

    public static RouteHandlerBuilder AnswersNothing(this RouteHandlerBuilder route) =>
        route.Produces(StatusCodes.Status204NoContent);

    /// <summary>Taken on and done later, such as a mail that is on its way; nothing to show.</summary>
    public static RouteHandlerBuilder AnswersLater(this RouteHandlerBuilder route) =>
        route.Produces(StatusCodes.Status202Accepted);

    /// <summary>A short list, whole.</summary>
    public static RouteHandlerBuilder AnswersAll<T>(this RouteHandlerBuilder route) => route.Produces<Listed<T>>();

    /// <summary>A list by pages.</summary>
    public static RouteHandlerBuilder Lists<T>(this RouteHandlerBuilder route, int pageMax) => route
        .Produces<Listed<T>>()
        .Query("after", "The 'next' of the page before.")
        .Query("limit", $"Rows of a page, 1 to {pageMax}, which is also the default.");

    /// <summary>A parameter of the query, always optional.</summary>
    public static RouteHandlerBuilder Query(this RouteHandlerBuilder route, string name, string meaning) =>
        route.WithMetadata(new QueryParameter(name, meaning));

    /// <summary>Says that answers carry an ETag, and that If-None-Match or If-Match are heeded.</summary>
    public static RouteHandlerBuilder Versioned(this RouteHandlerBuilder route) => route.WithMetadata(new VersionedRoute());
}

/// <summary>Codes of refusals that a route gives besides those that every route gives.</summary>
public sealed record RouteRefusals(IReadOnlyList<string> Codes);

/// <summary>
/// A JSON body, described and nothing more. It accepts any kind: told the real one, routing would turn others away to an
/// endpoint of its own that declares no permission, before the route can refuse them in words.
/// </summary>
public sealed record JsonBody(Type RequestType, bool IsOptional) : IAcceptsMetadata
{
    public const string AnyKind = "*/*";

    public IReadOnlyList<string> ContentTypes => [AnyKind];
}

public sealed record QueryParameter(string Name, string Meaning);

public sealed record VersionedRoute;

/// <summary>The body of what asks for a name alone.</summary>
public sealed record NameBody(
    [property: Description("1 to 100 characters of what can be seen, without < and >.")] string Name);
