using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;
using Sluice.Gateway.JsonRpc;

namespace Sluice.Gateway.WebSockets;

/// <summary>What an upstream's message on a JSON-RPC socket is, as far as its members at the top tell.</summary>
internal ref struct RpcMessage
{
    /// <summary>The gateway's own id; 0 when there is none.</summary>
    public long Id;
    public bool HasId;
    public ReadOnlySpan<byte> Method;
    /// <summary><c>params.subscription</c> as it is written.</summary>
    public ReadOnlySpan<byte> Subscription;
    /// <summary><c>result</c> as it is written.</summary>
    public ReadOnlySpan<byte> Result;

    public readonly bool IsPush => !HasId && !Method.IsEmpty;

    public static bool TryRead(ReadOnlySpan<byte> body, out RpcMessage message)
    {
        message = default;
        if (!Utf8.IsValid(body)) return false;
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = RpcAnswer.DepthMax });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("id"u8))
                {
                    message.HasId = true;
                    var id = Value(ref reader, body);
                    if (!Utf8Parser.TryParse(id, out message.Id, out var used) || used != id.Length) message.Id = 0;
                }
                else if (reader.ValueTextEquals("method"u8))
                {
                    var method = Value(ref reader, body);
                    if (method.Length > 2 && method[0] == (byte)'"') message.Method = method[1..^1];
                }
                else if (reader.ValueTextEquals("result"u8))
                {
                    message.Result = Value(ref reader, body);
                }
                else if (reader.ValueTextEquals("params"u8))
                {
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.StartObject) message.Subscription = SubscriptionIn(ref reader, body);
                    else reader.Skip();
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }
            return !reader.Read();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static ReadOnlySpan<byte> SubscriptionIn(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var found = ReadOnlySpan<byte>.Empty;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isSubscription = reader.ValueTextEquals("subscription"u8);
            var value = Value(ref reader, body);
            if (isSubscription) found = value;
        }
        return found;
    }

    private static ReadOnlySpan<byte> Value(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed];
    }
}
