using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>
/// How rooms answer over HTTP: refusals as problem details (RFC 9457) with the stable type <c>/problems/{code}</c>,
/// lists as <c>{"data":[…],"next":…}</c>, ids in wire form, enums as camelCase text.
/// </summary>
public static class Http
{
    private const int AgentMax = 200;

    /// <summary>The media type of refusals.</summary>
    public const string ProblemContentType = "application/problem+json";

    /// <summary>The one shape of JSON on /api/v1; also what the command line reads and prints.</summary>
    public static readonly JsonSerializerOptions Json = Shape(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    /// <summary>Gives minimal APIs the shape of <see cref="Json"/>.</summary>
    public static IServiceCollection AddSluiceJson(this IServiceCollection services) =>
        services.ConfigureHttpJsonOptions(options =>
        {
            Shape(options.SerializerOptions);
            // Numbers are numbers: bodies are read so, and the description of the API is made of this.
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });

    /// <summary>The answer to a refused request.</summary>
    public static IResult Problem(Refusal refusal)
    {
        var problem = Results.Json(Details(refusal), Json, ProblemContentType, refusal.Status);
        return refusal.RetryAfter is null && !IsClosed(refusal) ? problem : new Told(problem, refusal);
    }

    /// <summary>The value as the caller shapes it, or the refusal.</summary>
    public static IResult Answer<T>(Result<T> result, Func<T, IResult> shape) =>
        result.Ok ? shape(result.Value) : Problem(result.Refusal);

    /// <summary>The value as JSON with status 200, or the refusal.</summary>
    public static IResult Answer<T>(Result<T> result) => Answer(result, value => Results.Json(value, Json));

    /// <summary>
    /// A page of a list that was asked for with one row more than <paramref name="limit"/>: the cursor of the next
    /// page is the last row's id when there is more.
    /// </summary>
    public static IResult Page<T>(IReadOnlyList<T> rows, int limit, Func<T, string> cursor) => rows.Count > limit
        ? Results.Json(new Listed<T>([.. rows.Take(limit)], cursor(rows[limit - 1])), Json)
        : Results.Json(new Listed<T>(rows, null), Json);

    /// <summary>The whole of a short list.</summary>
    public static IResult All<T>(IReadOnlyList<T> rows) => Results.Json(new Listed<T>(rows, null), Json);

    /// <summary>Who asks, and from where. Behind a declared permission there always is somebody.</summary>
    public static Actor ActorOf(HttpContext http) => Actor.From(http.User) is { } actor
        ? actor with { Origin = OriginOf(http) }
        : throw new InvalidOperationException("A route that requires no permission asked for its actor.");

    /// <summary>
    /// The unit of work in which a route runs that takes an Idempotency-Key, for the room to enlist in; null where the room
    /// begins and commits its own.
    /// </summary>
    public static UnitOfWork? WorkOf(HttpContext http) => http.Features.Get<UnitOfWork>();

    /// <summary>From where a request came: its id, the client's network and program.</summary>
    public static Origin OriginOf(HttpContext http)
    {
        var agent = http.Request.Headers.UserAgent.ToString();
        return new Origin(
            http.TraceIdentifier, NetworkOf(http.Connection.RemoteIpAddress),
            agent.Length == 0 ? null : agent.Length > AgentMax ? Cut(agent) : agent)
        {
            Session = Actor.From(http.User)?.Session,
        };
    }

    // Half a surrogate pair is no text, and the database would not take it.
    private static string Cut(string agent) => agent[..(char.IsHighSurrogate(agent[AgentMax - 1]) ? AgentMax - 1 : AgentMax)];

    // Enough to recognize a place by, and not a person: IPv4 /24, IPv6 /48.
    private static string? NetworkOf(IPAddress? address)
    {
        if (address is null) return null;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        var kept = bytes.Length == 4 ? 3 : 6;
        Array.Clear(bytes, kept, bytes.Length - kept);
        return $"{new IPAddress(bytes)}/{kept * 8}";
    }

    /// <summary>Writes a refusal where no endpoint answers: authentication, fallbacks.</summary>
    public static Task Write(HttpContext http, Refusal refusal)
    {
        http.Response.StatusCode = refusal.Status;
        if (refusal.RetryAfter is { } wait) SayWhen(http, wait);
        if (IsClosed(refusal)) SecurityLog.Closed(http, refusal);
        return http.Response.WriteAsJsonAsync(Details(refusal), Json, ProblemContentType, http.RequestAborted);
    }

    /// <summary>Says after which time to come back, rounded up: who comes back when told must not come too early.</summary>
    public static void SayWhen(HttpContext http, TimeSpan wait) => http.Response.Headers.RetryAfter =
        Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static ProblemDetails Details(Refusal refusal)
    {
        var problem = new ProblemDetails
        {
            Type = $"/problems/{refusal.Code}",
            Title = refusal.Message,
            Status = refusal.Status,
        };
        problem.Extensions["code"] = refusal.Code;
        if (refusal.Details is { Count: > 0 } details) problem.Extensions["faults"] = details;
        return problem;
    }

    private static JsonSerializerOptions Shape(JsonSerializerOptions options)
    {
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.Converters.Add(new WireIdConverter<OrganizationId>());
        options.Converters.Add(new WireIdConverter<AppId>());
        options.Converters.Add(new WireIdConverter<KeyId>());
        options.Converters.Add(new WireIdConverter<TokenId>());
        options.Converters.Add(new WireIdConverter<JournalId>());
        options.Converters.Add(new WireIdConverter<UserId>());
        options.Converters.Add(new WireIdConverter<SessionId>());
        options.Converters.Add(new WireIdConverter<PasskeyId>());
        options.Converters.Add(new WireIdConverter<WalletId>());
        options.Converters.Add(new WireIdConverter<LoginId>());
        options.Converters.Add(new WireIdConverter<ExportId>());
        options.Converters.Add(new WireIdConverter<InvitationId>());
        options.Converters.Add(new WireIdConverter<JobId>());
        options.Converters.Add(new WireIdConverter<MailId>());
        options.Converters.Add(new WireIdConverter<WebhookId>());
        options.Converters.Add(new WireIdConverter<WebhookEventId>());
        options.Converters.Add(new WireIdConverter<DeliveryId>());
        options.Converters.Add(new WireIdConverter<NoticeId>());
        options.Converters.Add(new WireIdConverter<AlertId>());
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        return options;
    }

    // A sign-in that fails is told where all ways of signing in meet, whether a program or a person asked.
    private static bool IsClosed(Refusal refusal) =>
        refusal.Status == StatusCodes.Status403Forbidden
        || (refusal.Status == StatusCodes.Status401Unauthorized
            && refusal.Code.StartsWith("auth.token-", StringComparison.Ordinal));

    private sealed class Told(IResult problem, Refusal refusal) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            if (refusal.RetryAfter is { } wait) SayWhen(httpContext, wait);
            if (IsClosed(refusal)) SecurityLog.Closed(httpContext, refusal);
            return problem.ExecuteAsync(httpContext);
        }
    }
}

/// <summary>A list on the wire; <paramref name="Next"/> is the cursor of the next page, null at the end.</summary>
public sealed record Listed<T>(IReadOnlyList<T> Data, string? Next);

internal sealed class WireIdConverter<T> : JsonConverter<T> where T : struct, ITypedId<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        WireId.TryParse<T>(reader.GetString(), out var id)
            ? id
            : throw new JsonException($"Not an id: it must read {T.Prefix}_ and 26 characters.");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(WireId.Format(value));

    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Read(ref reader, typeToConvert, options);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WritePropertyName(WireId.Format(value));
}
