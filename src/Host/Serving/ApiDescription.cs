using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Sluice.Platform;

namespace Sluice.Host.Serving;

/// <summary>
/// The description of <c>/api/v1</c> (OpenAPI 3.1), made once from the routes themselves: from what they declare about
/// themselves, the shapes of their bodies and answers, and the permissions that they ask for.
/// </summary>
internal sealed class ApiDescription(IServiceProvider services)
{
    public const string Path = "/openapi.json";
    private const string Name = "v1";
    private const string Prefix = "api/v1";

    private readonly Lazy<Task<(JsonObject Document, byte[] Bytes)>> _made = new(() => Make(services));

    /// <summary>The document as it is served.</summary>
    public async Task<byte[]> Bytes() => (await _made.Value).Bytes;

    /// <summary>The document, for reading alone.</summary>
    public async Task<JsonObject> Document() => (await _made.Value).Document;

    public static void Configure(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = route => route.RelativePath?.StartsWith(Prefix, StringComparison.Ordinal) ?? false;
        options.AddSchemaTransformer(ApiSchemas.Describe);
        options.AddOperationTransformer(ApiOperations.Describe);
        options.AddDocumentTransformer(ApiOperations.DescribeAll);
    }

    public static void Add(IServiceCollection services)
    {
        services.AddOpenApi(Name, Configure);
        services.AddSingleton<ApiDescription>();
    }

    private static async Task<(JsonObject, byte[])> Make(IServiceProvider services)
    {
        var document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Name).GetOpenApiDocumentAsync();
        using var stream = new MemoryStream();
        await document.SerializeAsJsonAsync(stream, OpenApiSpecVersion.OpenApi3_1);
        var whole = JsonNode.Parse(stream.ToArray())!.AsObject();
        ApiWords.Add(whole);
        ApiExamples.Add(whole);
        return (whole, JsonSerializer.SerializeToUtf8Bytes(whole, Http.Json));
    }
}

/// <summary>Where the description is served.</summary>
internal static class ApiDescriptionRoutes
{
    public static IServiceCollection AddApiDescription(this IServiceCollection services)
    {
        ApiDescription.Add(services);
        return services;
    }

    public static void MapApiDescription(this IEndpointRouteBuilder app) => app
        .MapGet(ApiDescription.Path, async (ApiDescription description) =>
            Results.Bytes(await description.Bytes(), "application/json"))
        .Anonymous("the description of the API");
}
