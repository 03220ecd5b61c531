using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Sluice.Gateway.JsonRpc;
using Sluice.Gateway.Upstreams;

namespace Sluice.Gateway.Steps;

/// <summary>Reads the body within the service's limits, unpacks it, and splits it into entries.</summary>
internal static class Read
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<bool> Run(Exchange x)
    {
        var config = x.Service!.Config;
        var request = x.Http.Request;
        if (request.ContentLength > config.RequestBytesMax) return Refuse(x, GatewayError.BodyTooLarge);
        var error = await ReadBody(request, x.Body, config.RequestBytesMax).ConfigureAwait(false);
        if (error is not null) return Refuse(x, error);
        if (request.Headers.ContentEncoding.Count > 0 && !Unpack(x, request, config.RequestBytesMax)) return false;
        return Split(x);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<GatewayError?> ReadBody(HttpRequest request, ByteBuffer into, long bytesMax)
    {
        var reader = request.BodyReader;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync().ConfigureAwait(false);
                var buffer = read.Buffer;
                var tooLarge = into.Length + buffer.Length > bytesMax;
                if (!tooLarge)
                    foreach (var part in buffer) into.Append(part.Span);
                reader.AdvanceTo(buffer.End);
                if (tooLarge) return GatewayError.BodyTooLarge;
                if (read.IsCompleted) return null;
            }
        }
        catch (BadHttpRequestException error)
        {
            return error.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => GatewayError.BodyTooLarge,
                StatusCodes.Status408RequestTimeout => GatewayError.BodySlow,
                _ => GatewayError.BodyBroken,
            };
        }
        catch (Exception error) when (error is IOException or ConnectionAbortedException or OperationCanceledException)
        {
            return GatewayError.BodyBroken;
        }
    }

    private static bool Unpack(Exchange x, HttpRequest request, long bytesMax)
    {
        var named = request.Headers.ContentEncoding.ToString();
        var coding = named.ToLowerInvariant() switch
        {
            "gzip" or "x-gzip" => ContentCoding.Gzip,
            "br" => ContentCoding.Brotli,
            "identity" or "" => ContentCoding.Identity,
            _ => ContentCoding.Unknown,
        };
        if (coding == ContentCoding.Unknown) return Refuse(x, GatewayError.UnknownEncoding);
        if (Decoding.TryDecode(coding, x.Body, bytesMax, out var tooLarge)) return true;
        return Refuse(x, tooLarge ? GatewayError.BodyTooLarge : GatewayError.BadEncoding);
    }

    /// <summary>Splits the body that was read; also used for a message of a socket.</summary>
    public static bool Split(Exchange x)
    {
        var service = x.Service!;
        var config = service.Config;
        var body = x.Body.Span;
        var result = RpcReader.Read(body, config.DepthMax, config.BatchMax, ref x.Requests, out x.Count, out x.IsBatch);
        if (result != RpcReader.Result.Ok)
        {
            x.Count = 0;
            return Refuse(x, result switch
            {
                RpcReader.Result.TooDeep => GatewayError.TooDeep,
                RpcReader.Result.EmptyBatch => GatewayError.EmptyBatch,
                RpcReader.Result.BatchTooLong => GatewayError.BatchTooLong,
                _ => GatewayError.NotJson,
            });
        }
        x.GrowEntries();
        for (var i = 0; i < x.Count; i++)
        {
            var entry = x[i];
            ref var request = ref x.Requests[i];
            entry.Index = x.IsBatch ? i : -1;
            entry.BytesUp = request.Length;
            if (request.Fault != RpcFault.None)
            {
                entry.Refused = new Refused(ErrorOf(request.Fault));
                continue;
            }
            entry.Method = service.Methods.Find(MethodName(body, request));
            entry.Units = entry.Method.Units;
            if (request.IsNotification) entry.Flags |= Kernel.Journal.RecordFlags.Notification;
        }
        return true;
    }

    public static ReadOnlySpan<byte> MethodName(ReadOnlySpan<byte> body, in RpcRequest request) =>
        request.EscapedMethod is { } plain ? plain : body.Slice(request.MethodStart, request.MethodLength);

    private static GatewayError ErrorOf(RpcFault fault) => fault switch
    {
        RpcFault.NotAnObject => GatewayError.NotARequest,
        RpcFault.Version => GatewayError.BadVersion,
        RpcFault.Method => GatewayError.BadMethod,
        RpcFault.Params => GatewayError.BadParams,
        RpcFault.Id => GatewayError.BadId,
        RpcFault.DuplicateMember => GatewayError.DuplicateMember,
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };

    private static bool Refuse(Exchange x, GatewayError error)
    {
        x.Refused = new Refused(error);
        return false;
    }
}
