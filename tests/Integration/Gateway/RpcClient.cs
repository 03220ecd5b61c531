using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Sluice.Integration.Gateway;

/// <summary>Posts JSON-RPC to a running gateway and keeps the answer whole.</summary>
public static class RpcClient
{
    public const string Call = """{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0xabc"]}""";

    public static Task<RpcReply> Post(this GatewayFixture gateway, TestKey? key, string body = Call, string path = "/v1/eth",
        Action<HttpRequestMessage>? with = null) =>
        gateway.Post(key, Encoding.UTF8.GetBytes(body), path, with);

    public static async Task<RpcReply> Post(
        this GatewayFixture gateway, TestKey? key, byte[] body, string path = "/v1/eth",
        Action<HttpRequestMessage>? with = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, gateway.Url + path);
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (key is not null) request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key.Text);
        with?.Invoke(request);
        return await gateway.Send(request);
    }

    public static async Task<RpcReply> Send(this GatewayFixture gateway, HttpRequestMessage request)
    {
        using var response = await gateway.Http.SendAsync(request);
        var headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new RpcReply(response.StatusCode, await response.Content.ReadAsStringAsync(), headers);
    }

    /// <summary>A call with this id, as it is written.</summary>
    public static string WithId(string id, string method = "eth_getBalance", string parameters = "[\"0xabc\"]") =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{parameters}}}""");
}

/// <summary>What the client got.</summary>
public sealed record RpcReply(HttpStatusCode Code, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public int Status => (int)Code;

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The JSON-RPC error's code; 0 where there is none.</summary>
    public int RpcCode => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("error", out var error)
        ? error.GetProperty("code").GetInt32()
        : 0;

    /// <summary>The gateway's own error type; empty where the answer is not its own.</summary>
    public string Type => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("error", out var error)
        && error.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object
        && data.TryGetProperty("type", out var type)
            ? type.GetString()!
            : "";
}
