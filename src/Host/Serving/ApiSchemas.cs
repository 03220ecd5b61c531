using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Sluice.Kernel;

namespace Sluice.Host.Serving;

/// <summary>The shapes that the framework cannot know: ids, which are texts on the wire.</summary>
internal static class ApiSchemas
{
    private const string IdDigits = "[0-9a-hjkmnp-tv-z]{26}";
    private const string ExampleDigits = "01jd3v9k2e8m4qz6w1x5y7b0ca";

    public static Task Describe(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        var type = context.JsonTypeInfo.Type;
        var optional = Nullable.GetUnderlyingType(type);
        if (PrefixOf(optional ?? type) is { } prefix)
        {
            schema.Type = optional is null ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
            schema.Pattern = $"^{prefix}_{IdDigits}$";
            schema.Examples = [$"{prefix}_{ExampleDigits}"];
            schema.Properties?.Clear();
            schema.Required?.Clear();
        }
        return Task.CompletedTask;
    }

    /// <summary>The id in an address, by the name of its place.</summary>
    public static string? PatternOfPlace(string name) => name switch
    {
        "org" => $"^org_{IdDigits}$",
        "app" => $"^app_{IdDigits}$",
        "key" => $"^key_{IdDigits}$",
        "token" or "grant" => $"^tok_{IdDigits}$",
        "user" => $"^usr_{IdDigits}$",
        "invitation" => $"^inv_{IdDigits}$",
        "passkey" => $"^{PasskeyId.Prefix}_{IdDigits}$",
        "wallet" => $"^{WalletId.Prefix}_{IdDigits}$",
        "login" => $"^{LoginId.Prefix}_{IdDigits}$",
        "session" => $"^ses_{IdDigits}$",
        "job" => $"^job_{IdDigits}$",
        "webhook" => $"^{WebhookId.Prefix}_{IdDigits}$",
        "delivery" => $"^{DeliveryId.Prefix}_{IdDigits}$",
        "notice" => $"^{NoticeId.Prefix}_{IdDigits}$",
        "alert" => $"^{AlertId.Prefix}_{IdDigits}$",
        _ => null,
    };

    private static string? PrefixOf(Type type) =>
        type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(ITypedId<>))
            ? (string?)type.GetProperty(nameof(OrganizationId.Prefix))?.GetValue(null)
            : null;
}
