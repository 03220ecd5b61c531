using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sluice.Platform.Catalog.Inside;

/// <summary>
/// Definitions as <c>jsonb</c> of format 1. The same definition always gives the same text, so that an import can
/// tell what is unchanged.
/// </summary>
internal static class StoredJson
{
    internal const short Format = 1;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write(ServiceDefinition service) => JsonSerializer.Serialize(
        service with
        {
            Version = 1,
            Prices = service.Prices with { Methods = Sorted(service.Prices.Methods) },
            Upstreams = [.. service.Upstreams.Select(u => u with { Headers = Sorted(u.Headers) })],
        }, Options);

    public static string Write(PlanDefinition plan) => JsonSerializer.Serialize(plan with { Version = 1 }, Options);

    public static ServiceDefinition ReadService(string json, int version) =>
        JsonSerializer.Deserialize<ServiceDefinition>(json, Options)! with { Version = version };

    public static PlanDefinition ReadPlan(string json, int version) =>
        JsonSerializer.Deserialize<PlanDefinition>(json, Options)! with { Version = version };

    private static SortedDictionary<string, T> Sorted<T>(IReadOnlyDictionary<string, T> entries) =>
        new(entries.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
}
