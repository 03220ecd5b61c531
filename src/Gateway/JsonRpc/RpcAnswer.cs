using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Sluice.Gateway.JsonRpc;

/// <summary>What an upstream's JSON-RPC answer turned out to be.</summary>
internal enum AnswerKind : byte
{
    Result,
    /// <summary>A result that is null: an answer too, about what is not there yet.</summary>
    NullResult,
    /// <summary>An error that the caller made: a revert, invalid parameters. It is an answer.</summary>
    CallerError,
    /// <summary>An error of the node: another one may do better.</summary>
    NodeError,
    WrongId,
    /// <summary>Not a JSON-RPC answer at all: HTML, half a document, both or none of result and error.</summary>
    NotRpc,
}

/// <summary>Reads one JSON-RPC answer as far as the gateway must understand it.</summary>
internal static class RpcAnswer
{
    public const int DepthMax = 512;

    /// <param name="body">The whole answer.</param>
    /// <param name="id">The id that was sent, as it was written.</param>
    /// <param name="idStart">Where the answer's id stands, to put another in its place.</param>
    /// <param name="idLength">Its length.</param>
    /// <param name="errorCode">The error's code, 0 when there is none.</param>
    public static AnswerKind Read(
        ReadOnlySpan<byte> body, ReadOnlySpan<byte> id, out int idStart, out int idLength, out int errorCode)
    {
        (idStart, idLength, errorCode) = (0, 0, 0);
        if (body.IsEmpty || !Utf8.IsValid(body)) return AnswerKind.NotRpc;
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = DepthMax });
        var (hasResult, isNull, hasError, blame) = (false, false, false, AnswerKind.NodeError);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return AnswerKind.NotRpc;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("id"u8))
                {
                    if (idLength != 0) return AnswerKind.NotRpc;
                    reader.Read();
                    idStart = (int)reader.TokenStartIndex;
                    reader.Skip();
                    idLength = (int)reader.BytesConsumed - idStart;
                }
                else if (reader.ValueTextEquals("result"u8))
                {
                    hasResult = true;
                    reader.Read();
                    isNull |= reader.TokenType == JsonTokenType.Null;
                    reader.Skip();
                }
                else if (reader.ValueTextEquals("error"u8))
                {
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.Null) continue;
                    hasError = true;
                    blame = ReadError(ref reader, out errorCode);
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }
            if (reader.Read()) return AnswerKind.NotRpc;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: half a surrogate pair in a name, which is JSON by its grammar alone.
            return AnswerKind.NotRpc;
        }
        // A node that answers "result": null beside an error means the error.
        if (!hasResult && !hasError) return AnswerKind.NotRpc;
        var sameId = body.Slice(idStart, idLength).SequenceEqual(id);
        // An error found before the id was read carries null (section 5 of the specification).
        if (!sameId && !(hasError && (idLength == 0 || body.Slice(idStart, idLength).SequenceEqual("null"u8))))
            return AnswerKind.WrongId;
        return hasError ? blame : isNull ? AnswerKind.NullResult : AnswerKind.Result;
    }

    /// <summary>
    /// Whether the result of an answer, one that <see cref="Read"/> took for a result, tells of nothing at some point of
    /// the chain: <c>{"context":…,"value":null}</c>, as Solana's nodes say it.
    /// </summary>
    public static bool HoldsNothing(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = DepthMax });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isResult = reader.ValueTextEquals("result"u8);
            reader.Read();
            if (!isResult || reader.TokenType != JsonTokenType.StartObject) reader.Skip();
            else if (IsEmptyContext(ref reader)) return true;
        }
        return false;
    }

    private static bool IsEmptyContext(ref Utf8JsonReader reader)
    {
        var (hasContext, isNull) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            hasContext |= reader.ValueTextEquals("context"u8);
            var isValue = reader.ValueTextEquals("value"u8);
            reader.Read();
            isNull |= isValue && reader.TokenType == JsonTokenType.Null;
            reader.Skip();
        }
        return hasContext && isNull;
    }

    private static AnswerKind ReadError(ref Utf8JsonReader reader, out int code)
    {
        code = 0;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return AnswerKind.NodeError;
        }
        var message = "";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("code"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.Number) reader.TryGetInt32(out code);
                else reader.Skip();
            }
            else if (reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String)
                    message = Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, 256)]);
                else reader.Skip();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return RpcErrors.IsNodeFault(code, message) ? AnswerKind.NodeError : AnswerKind.CallerError;
    }
}
