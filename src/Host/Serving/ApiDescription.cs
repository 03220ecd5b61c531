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

    private readonly Lazy<Task<byte[]>> _bytes = new(() => Make(services));

    /// <summary>The document as it is served.</summary>
    public Task<byte[]> Bytes => _bytes.Value;

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

    private static async Task<byte[]> Make(IServiceProvider services)
    {
        var document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Name).GetOpenApiDocumentAsync();
        using var stream = new MemoryStream();
        await document.SerializeAsJsonAsync(stream, OpenApiSpecVersion.OpenApi3_1);
        return stream.ToArray();
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
            Results.Bytes(await description.Bytes, "application/json"))
        .Anonymous("the description of the API");
}
