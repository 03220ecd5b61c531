using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Sluice.Integration.Origins;

/// <summary>Correct JSON-RPC answers: ids byte for byte, batches in order, silence for notifications.</summary>
public static class JsonRpcAnswers
{
    /// <summary>Raw JSON of a result by method; methods that are not told answer their first parameter, else "0x1".</summary>
    public static string Result(string method, JsonElement parameters) => method switch
    {
        "eth_chainId" => "\"0x7a69\"",
        "eth_blockNumber" => "\"0x10\"",
        "net_version" => "\"31337\"",
        "eth_syncing" => "false",
        _ => parameters.ValueKind == JsonValueKind.Array && parameters.GetArrayLength() > 0
            ? parameters[0].GetRawText()
            : "\"0x1\"",
    };

    /// <summary>The answer to a body; null where none is due.</summary>
    /// <param name="answer">Raw JSON of the members after the id: <c>"result":…</c> or <c>"error":…</c>.</param>
    public static byte[]? To(byte[] body, Func<string, JsonElement, string> answer)
    {
        using var document = Parse(body);
        if (document is null)
            return "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"Parse error\"}}"u8.ToArray();
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Array)
        {
            var single = One(root, answer);
            return single is null ? null : Encoding.UTF8.GetBytes(single);
        }
        var answers = root.EnumerateArray().Select(call => One(call, answer)).OfType<string>().ToArray();
        return answers.Length == 0 ? null : Encoding.UTF8.GetBytes($"[{string.Join(',', answers)}]");
    }

    private static string? One(JsonElement call, Func<string, JsonElement, string> answer)
    {
        if (!call.TryGetProperty("id", out var id)) return null;
        var method = call.TryGetProperty("method", out var name) ? name.GetString() ?? string.Empty : string.Empty;
        call.TryGetProperty("params", out var parameters);
        return $$"""{"jsonrpc":"2.0","id":{{id.GetRawText()}},{{answer(method, parameters)}}}""";
    }

    private static JsonDocument? Parse(byte[] body)
    {
        try
        {
            return JsonDocument.Parse(new ReadOnlySequence<byte>(body));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
