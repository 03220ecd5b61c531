using System.Text.Json;
using System.Text.Unicode;

namespace Sluice.Gateway.JsonRpc;

/// <summary>
/// Reads a JSON-RPC 2.0 request or batch (jsonrpc.org/specification) without building anything: entries are ranges of
/// the body, so that ids, numbers and params travel on as the client wrote them.
/// </summary>
internal static class RpcReader
{
    public enum Result : byte
    {
        Ok,
        /// <summary>Not JSON: -32700.</summary>
        NotJson,
        /// <summary>Deeper than the service allows.</summary>
        TooDeep,
        /// <summary>An empty batch: -32600.</summary>
        EmptyBatch,
        /// <summary>More entries than the service allows.</summary>
        BatchTooLong,
    }

    /// <summary>Reads a whole body into <paramref name="entries"/>, which is grown as needed.</summary>
    public static Result Read(
        ReadOnlySpan<byte> body, int depthMax, int batchMax, ref RpcRequest[] entries, out int count, out bool isBatch)
    {
        count = 0;
        isBatch = false;
        // The reader below checks strings only when they are asked for, so UTF-8 is checked as a whole first.
        if (!Utf8.IsValid(body)) return Result.NotJson;
        // One level more than allowed tells "too deep" from "broken".
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = depthMax + 2 });
        try
        {
            if (!reader.Read()) return Result.NotJson;
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                ReadEntry(ref reader, ref entries[0]);
                count = 1;
                return AtEnd(ref reader) ? Result.Ok : Result.NotJson;
            }
            isBatch = true;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (count == batchMax) return Result.BatchTooLong;
                if (count == entries.Length) Array.Resize(ref entries, Math.Min(entries.Length * 4, batchMax));
                ReadEntry(ref reader, ref entries[count++]);
            }
            if (!AtEnd(ref reader)) return Result.NotJson;
            return count == 0 ? Result.EmptyBatch : Result.Ok;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: half a surrogate pair, which is JSON by its grammar and text by no means.
            return reader.CurrentDepth > depthMax ? Result.TooDeep : Result.NotJson;
        }
    }

    private static bool AtEnd(ref Utf8JsonReader reader) => !reader.Read();

    private static void ReadEntry(ref Utf8JsonReader reader, ref RpcRequest entry)
    {
        entry = new RpcRequest { Start = (int)reader.TokenStartIndex };
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            entry.Fault = RpcFault.NotAnObject;
            reader.Skip();
            entry.Length = (int)reader.BytesConsumed - entry.Start;
            return;
        }
        var seen = Members.None;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = MemberOf(ref reader);
            if (member != Members.None && (seen & member) != Members.None) Blame(ref entry, RpcFault.DuplicateMember);
            seen |= member;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var token = reader.TokenType;
            if (member == Members.Method && token == JsonTokenType.String) TakeMethod(ref reader, ref entry);
            if (member == Members.Version && (token != JsonTokenType.String || !reader.ValueTextEquals("2.0"u8)))
                Blame(ref entry, RpcFault.Version);
            reader.Skip();
            var length = (int)reader.BytesConsumed - start;
            switch (member)
            {
                case Members.Id when token is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.Null:
                    (entry.IdStart, entry.IdLength) = (start, length);
                    break;
                case Members.Id:
                    Blame(ref entry, RpcFault.Id);
                    break;
                case Members.Params when token is JsonTokenType.StartArray or JsonTokenType.StartObject:
                    (entry.ParamsStart, entry.ParamsLength) = (start, length);
                    break;
                case Members.Params:
                    Blame(ref entry, RpcFault.Params);
                    break;
                case Members.Method when token != JsonTokenType.String:
                    Blame(ref entry, RpcFault.Method);
                    break;
                case Members.None:
                    entry.HasOtherMembers = true;
                    break;
                default:
                    break;
            }
        }
        entry.Length = (int)reader.BytesConsumed - entry.Start;
        if (!seen.HasFlag(Members.Version)) Blame(ref entry, RpcFault.Version);
        if (!seen.HasFlag(Members.Method)) Blame(ref entry, RpcFault.Method);
    }

    private static void TakeMethod(ref Utf8JsonReader reader, ref RpcRequest entry)
    {
        entry.MethodStart = (int)reader.TokenStartIndex + 1;
        entry.MethodLength = reader.ValueSpan.Length;
        if (reader.ValueIsEscaped)
        {
            // Rules and prices must see what the node will see.
            var plain = new byte[reader.ValueSpan.Length];
            entry.EscapedMethod = plain.AsSpan(0, reader.CopyString(plain)).ToArray();
        }
        if (entry.MethodLength == 0) Blame(ref entry, RpcFault.Method);
    }

    private static Members MemberOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("jsonrpc"u8) ? Members.Version
        : reader.ValueTextEquals("id"u8) ? Members.Id
        : reader.ValueTextEquals("method"u8) ? Members.Method
        : reader.ValueTextEquals("params"u8) ? Members.Params
        : Members.None;

    // The first fault is the one that is told.
    private static void Blame(ref RpcRequest entry, RpcFault fault)
    {
        if (entry.Fault == RpcFault.None) entry.Fault = fault;
    }

    [Flags]
    private enum Members : byte
    {
        None = 0,
        Version = 1,
        Id = 2,
        Method = 4,
        Params = 8,
    }
}
