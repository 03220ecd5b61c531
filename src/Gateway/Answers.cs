using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Sluice.Gateway.JsonRpc;
using Sluice.Gateway.Steps;
using Sluice.Kernel;

namespace Sluice.Gateway;

/// <summary>
/// Writes what the client gets: the upstream's answer with the client's own id, or the gateway's error in the service's
/// language, JSON-RPC or RFC 9457.
/// </summary>
internal static class Answers
{
    private static readonly StringValues Json = "application/json";
    private static readonly StringValues Problem = "application/problem+json";
    private static readonly StringValues NoSniff = "nosniff";
    private static readonly StringValues VaryOrigin = "Origin";
    private static readonly StringValues Exposed = "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy";

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Answers for all entries of an exchange, each with what its steps left.</summary>
    /// <param name="x">Its entries are composed and recorded.</param>
    /// <param name="stallMs">The longest time in which the client may take nothing; then its connection is cut.</param>
    public static ValueTask Write(Exchange x, int stallMs)
    {
        var due = 0;
        for (var i = 0; i < x.Count; i++)
            if (!x.Requests[i].IsNotification) due++;
        Head(x);
        var response = x.Http.Response;
        response.StatusCode = StatusOf(x);
        if (due == 0 && response.StatusCode == StatusCodes.Status200OK)
        {
            // Nothing but notifications: there is no answer to give.
            response.StatusCode = StatusCodes.Status204NoContent;
            return ValueTask.CompletedTask;
        }
        response.Headers.ContentType = Json;
        if (due == 0)
        {
            // Notifications, and all refused: HTTP still wants an answer, and an empty batch is none.
            response.ContentLength = x[0].Answer.Body.Length;
            response.BodyWriter.Write(x[0].Answer.Body.Span);
            return Flush(x, stallMs);
        }
        var length = x.IsBatch ? Math.Max(0, due - 1) + 2L : 0;
        for (var i = 0; i < x.Count; i++) length += LengthOf(x, i);
        response.ContentLength = length;
        if (length > Stall.PieceBytes) return WritePieces(x, stallMs);
        var writer = response.BodyWriter;
        if (x.IsBatch) writer.Write("["u8);
        var first = true;
        for (var i = 0; i < x.Count; i++)
        {
            if (x.Requests[i].IsNotification) continue;
            if (!first) writer.Write(","u8);
            first = false;
            WriteEntry(x, i, writer);
        }
        if (x.IsBatch) writer.Write("]"u8);
        return Flush(x, stallMs);
    }

    // The server would take any answer into its own memory at once, and wait for ever for a client that reads nothing.
    private static async ValueTask WritePieces(Exchange x, int stallMs)
    {
        var writer = x.Http.Response.BodyWriter;
        var (separator, pending) = (x.IsBatch ? (byte)'[' : (byte)0, 0);
        for (var i = 0; i < x.Count; i++)
        {
            if (x.Requests[i].IsNotification) continue;
            if (separator != 0) Put(writer, separator);
            separator = (byte)',';
            var rest = x[i].Answer.Body.Memory;
            while (!rest.IsEmpty)
            {
                var piece = rest[..Math.Min(rest.Length, Stall.PieceBytes - pending)];
                writer.Write(piece.Span);
                rest = rest[piece.Length..];
                pending += piece.Length;
                if (pending < Stall.PieceBytes) continue;
                if (!await Flushed(x, stallMs).ConfigureAwait(false)) return;
                pending = 0;
            }
        }
        if (x.IsBatch) Put(writer, (byte)']');
        await Flushed(x, stallMs).ConfigureAwait(false);
    }

    private static void Put(System.IO.Pipelines.PipeWriter writer, byte letter)
    {
        writer.GetSpan(1)[0] = letter;
        writer.Advance(1);
    }

    /// <summary>
    /// Makes the answer what the client will get, before it is measured, digested and metered: the gateway's own error,
    /// or the client's id in its place.
    /// </summary>
    public static void Compose(Exchange x, Entry e, in RpcRequest request)
    {
        if (!e.Refused.Yes)
        {
            PutId(x, e, request);
            return;
        }
        var body = e.Answer.Body;
        body.Clear();
        e.AnswerIdStart = e.AnswerIdLength = 0;
        var id = request.IdLength > 0 ? x.Body.Span.Slice(request.IdStart, request.IdLength) : "null"u8;
        WriteRpcError(x, e.Refused, id, body);
        // The id is in its place already.
        (e.AnswerIdStart, e.AnswerIdLength) = (0, -1);
    }

    // What was sent is not needed any more, so its buffer takes the new answer.
    private static void PutId(Exchange x, Entry e, in RpcRequest request)
    {
        if (request.IsNotification || e.AnswerIdLength < 0) return;
        var body = e.Answer.Body.Span;
        var id = x.Body.Span.Slice(request.IdStart, request.IdLength);
        if (e.AnswerIdLength > 0 && body.Slice(e.AnswerIdStart, e.AnswerIdLength).SequenceEqual(id)) return;
        var whole = e.Sent;
        whole.Clear();
        if (e.AnswerIdLength == 0)
        {
            // An error without an id: the client's goes in right behind the brace.
            var brace = body.IndexOf((byte)'{') + 1;
            whole.Append(body[..brace]);
            whole.Append(IdMember);
            whole.Append(id);
            whole.Append(","u8);
            whole.Append(body[brace..]);
        }
        else
        {
            whole.Append(body[..e.AnswerIdStart]);
            whole.Append(id);
            whole.Append(body[(e.AnswerIdStart + e.AnswerIdLength)..]);
        }
        e.Answer.Body.Swap(whole);
        (e.AnswerIdStart, e.AnswerIdLength) = (0, -1);
    }

    /// <summary>Bytes of the answer of a composed entry; none is due to a notification.</summary>
    public static long LengthOf(Exchange x, int index) => x.Requests[index].IsNotification ? 0 : x[index].Answer.Body.Length;

    /// <summary>Writes the answer of a composed entry into any buffer: a response or a socket's message.</summary>
    public static void WriteEntry(Exchange x, int index, IBufferWriter<byte> writer) => writer.Write(x[index].Answer.Body.Span);

    /// <summary>Refuses the whole exchange.</summary>
    public static ValueTask Refuse(Exchange x, int stallMs)
    {
        var rpc = x.Service is not { Config.JsonRpc: false };
        Head(x);
        var response = x.Http.Response;
        response.StatusCode = x.Refused.Error.Status;
        LimitHeaders(response, x.Refused.Limit);
        if (x.Refused.Error == GatewayError.KeyMissing) response.Headers.WWWAuthenticate = "Bearer";
        if (x.Refused.Error == GatewayError.MethodNotAllowed) response.Headers.Allow = "POST, OPTIONS";
        response.Headers.ContentType = rpc ? Json : Problem;
        var body = x.Body;
        body.Clear();
        if (rpc) WriteRpcError(x, x.Refused, "null"u8, body);
        else WriteProblem(x, x.Refused, body);
        response.ContentLength = body.Length;
        response.BodyWriter.Write(body.Span);
        return Flush(x, stallMs);
    }

    public static void WriteRpcError(Exchange x, in Refused refused, ReadOnlySpan<byte> id, IBufferWriter<byte> into)
    {
        using var json = new Utf8JsonWriter(into, WriterOptions);
        json.WriteStartObject();
        json.WriteString("jsonrpc"u8, "2.0"u8);
        json.WritePropertyName("id"u8);
        json.WriteRawValue(id, skipInputValidation: true);
        json.WriteStartObject("error"u8);
        json.WriteNumber("code"u8, refused.Error.RpcCode);
        json.WriteString("message"u8, refused.Message);
        json.WriteStartObject("data"u8);
        json.WriteString("type"u8, refused.Error.Type);
        json.WriteString("requestId"u8, WireId.Encode(x.RequestId));
        if (refused.Limit is { } limit)
        {
            json.WriteString("policy"u8, limit.Policy);
            json.WriteNumber("retryAfterSeconds"u8, limit.RetryAfterSeconds);
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteProblem(Exchange x, in Refused refused, IBufferWriter<byte> into)
    {
        using var json = new Utf8JsonWriter(into, WriterOptions);
        json.WriteStartObject();
        json.WriteString("type"u8, "/problems/" + refused.Error.Type);
        json.WriteString("title"u8, refused.Error.Message);
        json.WriteNumber("status"u8, refused.Error.Status);
        if (refused.Detail is { } detail) json.WriteString("detail"u8, detail);
        json.WriteString("requestId"u8, WireId.Encode(x.RequestId));
        json.WriteEndObject();
    }

    /// <summary>Headers that every answer has: who may read it, and its id. It is what it says it is.</summary>
    public static void Head(Exchange x)
    {
        var headers = x.Http.Response.Headers;
        headers["X-Request-Id"] = WireId.Encode(x.RequestId);
        headers.XContentTypeOptions = NoSniff;
        // Before the app is known there is no rule to keep: a page may read why it was refused.
        string? origin = x.AllowedOrigin ?? (x.Caller is null ? x.Http.Request.Headers.Origin : StringValues.Empty);
        if (StringValues.IsNullOrEmpty(x.Http.Request.Headers.Origin)) return;
        headers.Vary = VaryOrigin;
        if (string.IsNullOrEmpty(origin) || origin.AsSpan().ContainsAnyExceptInRange(' ', '~')) return;
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlExposeHeaders = Exposed;
    }

    // The status tells about a single call, and about a batch of which nothing passed.
    private static int StatusOf(Exchange x)
    {
        if (!x.IsBatch)
        {
            LimitHeaders(x.Http.Response, x[0].Refused.Limit);
            return x[0].Refused.Yes ? x[0].Refused.Error.Status : StatusCodes.Status200OK;
        }
        for (var i = 0; i < x.Count; i++)
            if (!x[i].Refused.Yes || x[i].UpstreamCalls > 0) return StatusCodes.Status200OK;
        LimitHeaders(x.Http.Response, x[0].Refused.Limit);
        return x[0].Refused.Error.Status;
    }

    private static void LimitHeaders(HttpResponse response, LimitHit? limit)
    {
        if (limit is null) return;
        response.Headers.RetryAfter = limit.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        response.Headers["RateLimit-Policy"] = $"\"{limit.Policy}\";q={limit.Quota};w={limit.WindowSeconds}";
        response.Headers["RateLimit"] = $"\"{limit.Policy}\";r={limit.Remaining};t={limit.RetryAfterSeconds}";
    }

    private static async ValueTask Flush(Exchange x, int stallMs) => await Flushed(x, stallMs).ConfigureAwait(false);

    /// <summary>Whether the client took what was written; otherwise it is cut off.</summary>
    private static ValueTask<bool> Flushed(Exchange x, int stallMs)
    {
        var flush = x.Http.Response.BodyWriter.FlushAsync();
        if (!flush.IsCompletedSuccessfully) return Slowly(x, flush, stallMs);
        // The server says so once the client is gone, and would swallow the rest.
        return new(!flush.Result.IsCompleted);
    }

    private static async ValueTask<bool> Slowly(Exchange x, ValueTask<System.IO.Pipelines.FlushResult> flush, int stallMs)
    {
        if (await Stall.Ends(flush, stallMs).ConfigureAwait(false)) return true;
        x.Http.Abort();
        return false;
    }

    private static ReadOnlySpan<byte> IdMember => "\"id\":"u8;
}
