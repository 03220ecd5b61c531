using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Sluice.Host.Cli;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Api;

namespace Sluice.Host.Serving;

/// <summary>What an operation says besides its shapes: name, permissions, parameters, headers, refusals.</summary>
internal static class ApiOperations
{
    /// <summary>Any one of these is needed.</summary>
    public const string Permissions = "x-permissions";

    /// <summary>Whether a person must have proved who it is of late.</summary>
    public const string Fresh = "x-fresh";

    /// <summary>Why it is open to everybody.</summary>
    public const string Open = "x-open";

    /// <summary>Codes of problems that are its own.</summary>
    public const string RefusalCodes = "x-problems";

    /// <summary>The verb of the command line that does the same.</summary>
    public const string Verb = "x-verb";

    private const string Prefix = "api/v1/";
    private const string Problem = "Problem";
    private const string Token = "token";

    public static Task Describe(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.OperationId = NameOf(metadata.OfType<MethodInfo>().LastOrDefault());
        if (operation.RequestBody?.Content is { } bodies && bodies.Remove(JsonBody.AnyKind, out var shape))
            bodies["application/json"] = shape;
        operation.Parameters ??= [];
        foreach (var place in operation.Parameters.OfType<OpenApiParameter>())
            if (place.Name is { } name && ApiSchemas.PatternOfPlace(name) is { } pattern)
                place.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = pattern };
        foreach (var query in metadata.OfType<QueryParameter>())
            operation.Parameters.Add(Text(query.Name, ParameterLocation.Query, query.Meaning));
        if (metadata.OfType<IdempotentMetadata>().Any())
        {
            operation.Parameters.Add(Text(
                "Idempotency-Key", ParameterLocation.Header,
                "A text of your own: under one key this happens once, and a repeat gets the first answer."));
        }
        if (metadata.OfType<VersionedRoute>().Any()) AddVersions(operation, context.Description.HttpMethod);
        operation.Description = Describe(metadata);
        Mark(operation, metadata, context.Description.HttpMethod ?? "", "/" + context.Description.RelativePath![Prefix.Length..]);
        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "A refusal: problem details (RFC 9457) with a stable code.",
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                [Http.ProblemContentType] = new() { Schema = new OpenApiSchemaReference(Problem, context.Document) },
            },
        };
        if (!metadata.OfType<AnonymousAttribute>().Any())
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(Token, context.Document)] = [] }];
        return Task.CompletedTask;
    }

    public static Task DescribeAll(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Sluice",
            Version = typeof(ApiOperations).Assembly.GetName().Version?.ToString(3) ?? "",
            Description = "Everything that the portal and the command line do. Conventions: docs/api.md; refusals: "
                + "docs/problems.md.",
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal);
        document.Components.Schemas[Problem] = ProblemSchema();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [Token] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "A token that 'sluice token create' made: slc_at_…",
            },
        };
        return Task.CompletedTask;
    }

    private static string? NameOf(MethodInfo? handler)
    {
        if (handler?.DeclaringType?.Name is not { } type) return null;
        var name = handler.Name is "Handle" ? type : type + handler.Name;
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    private static string Describe(IList<object> metadata)
    {
        List<string> says = [];
        foreach (var one in metadata.OfType<RequiresAttribute>())
        {
            var names = one.Permissions.Select(permission => $"`{Access.Name(permission)}`");
            says.Add($"Needs the permission {string.Join(" or ", names)}.");
            if (one.Fresh) says.Add("A person must have proved who he is in the last 15 minutes.");
        }
        if (metadata.OfType<RouteRefusals>().LastOrDefault() is { Codes.Count: > 0 } refusals)
        {
            var codes = string.Join(", ", refusals.Codes.Select(code => $"`{code}`"));
            says.Add($"Refuses with {codes}, besides what every route may.");
        }
        return string.Join(' ', says);
    }

    // The same as the description says, for programs: the reference is made of it.
    private static void Mark(OpenApiOperation operation, IList<object> metadata, string method, string path)
    {
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>(StringComparer.Ordinal);
        if (metadata.OfType<RequiresAttribute>().LastOrDefault() is { } required)
        {
            operation.Extensions[Permissions] = Texts(required.Permissions.Select(Access.Name));
            operation.Extensions[Fresh] = new JsonNodeExtension(JsonValue.Create(required.Fresh));
        }
        if (metadata.OfType<AnonymousAttribute>().LastOrDefault() is { } open)
            operation.Extensions[Open] = new JsonNodeExtension(JsonValue.Create(open.Why));
        if (RouteVerbs.Find(method, path) is { } verb) operation.Extensions[Verb] = new JsonNodeExtension(JsonValue.Create(verb));
        operation.Extensions[RefusalCodes] = Texts(metadata.OfType<RouteRefusals>().LastOrDefault()?.Codes ?? []);
    }

    private static JsonNodeExtension Texts(IEnumerable<string> texts) =>
        new(new JsonArray([.. texts.Select(text => JsonValue.Create(text))]));

    private static void AddVersions(OpenApiOperation operation, string? method)
    {
        if (HttpMethods.IsGet(method ?? ""))
        {
            operation.Parameters!.Add(
                Text("If-None-Match", ParameterLocation.Header, "An ETag: answers 304 while it is the current one."));
        }
        // What is made has no version before.
        else if (!HttpMethods.IsPost(method ?? ""))
        {
            operation.Parameters!.Add(
                Text("If-Match", ParameterLocation.Header, "An ETag: refuses with 412 when it is no longer the current one."));
        }
        foreach (var (status, response) in operation.Responses ?? [])
        {
            if (!status.StartsWith('2') || response is not OpenApiResponse shown) continue;
            shown.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
            shown.Headers["ETag"] = new OpenApiHeader
            {
                Description = "The version of what is shown.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            };
        }
    }

    private static OpenApiParameter Text(string name, ParameterLocation place, string meaning) => new()
    {
        Name = name,
        In = place,
        Description = meaning,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static OpenApiSchema ProblemSchema()
    {
        var text = new OpenApiSchema { Type = JsonSchemaType.String };
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "Why something was refused (RFC 9457).",
            Required = new HashSet<string>(StringComparer.Ordinal) { "type", "title", "status", "code" },
            Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
            {
                ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "/problems/{code}" },
                ["title"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What was wrong and what to do." },
                ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
                ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Stable: docs/problems.md." },
                ["faults"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = text,
                    Description = "All of them, where there are several.",
                },
                ["requestId"] = text,
            },
        };
    }
}
