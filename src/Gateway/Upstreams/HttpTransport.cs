using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using Sluice.Gateway.Snapshot;

namespace Sluice.Gateway.Upstreams;

/// <summary>Posts over TLS, and HTTP/2 where the upstream offers it, through the framework's handler.</summary>
internal sealed class HttpTransport : IUpstreamTransport
{
    /// <summary>How often a call is sent again that the upstream said it had not begun.</summary>
    private const int UnbegunMax = 8;

    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly HttpRequestOptionsKey<Connecting> OwnConnection = new("sluice.connection");

    private readonly HttpMessageInvoker _client;
    private readonly UpstreamConfig _config;

    public HttpTransport(UpstreamConfig config, int connectTimeoutMs)
    {
        _config = config;
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromMilliseconds(connectTimeoutMs),
            EnableMultipleHttp2Connections = true,
            MaxConnectionsPerServer = config.ConcurrencyMax,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            UseCookies = false,
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            },
            // Tells the call for which a connection was made that it is new.
            PlaintextStreamFilter = static (context, _) =>
            {
                if (context.InitialRequestMessage.Options.TryGetValue(OwnConnection, out var own)) own.Made = true;
                return new(context.PlaintextStream);
            },
        });
    }

    public async ValueTask Send(ReadOnlyMemory<byte> body, UpstreamAnswer answer, int timeoutMs, long bodyBytesMax)
    {
        using var limit = new CancellationTokenSource(timeoutMs);
        for (var sent = 1; ; sent++)
        {
            answer.Clear();
            if (!await Attempt(body, answer, bodyBytesMax, limit.Token).ConfigureAwait(false) || sent == UnbegunMax) return;
        }
    }

    /// <summary>True when the upstream let go of the call before it began with it, so that it may be sent again.</summary>
    private async Task<bool> Attempt(ReadOnlyMemory<byte> body, UpstreamAnswer answer, long bodyBytesMax, CancellationToken limit)
    {
        var connection = new Connecting();
        try
        {
            using var request = Request(body);
            request.Options.Set(OwnConnection, connection);
            using var response = await _client.SendAsync(request, limit).ConfigureAwait(false);
            answer.Status = (int)response.StatusCode;
            answer.Coding = CodingOf(response.Content.Headers.ContentEncoding);
            await using var stream = await response.Content.ReadAsStreamAsync(limit).ConfigureAwait(false);
            await ReadAll(stream, answer, bodyBytesMax, limit).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Otherwise it was the time to connect that ran out, and the upstream never saw the call.
            answer.Fault = limit.IsCancellationRequested ? TransportFault.Timeout : TransportFault.Connect;
        }
        catch (HttpRequestException error)
        {
            answer.ConnectionReused = !connection.Made;
            answer.Fault = FaultOf(error, answer.Status);
            return answer.Status == 0 && IsUnbegun(error);
        }
        catch (IOException)
        {
            answer.ConnectionReused = !connection.Made;
            answer.Fault = answer.Status == 0 ? TransportFault.Closed : TransportFault.Truncated;
        }
        catch (ObjectDisposedException)
        {
            // A new snapshot closed the client between the choice and the call: another upstream may take it.
            answer.Fault = TransportFault.Connect;
        }
        return false;
    }

    /// <summary>
    /// Whether the upstream ended the connection in order before it began with the call (GOAWAY without error), or
    /// refused its stream: RFC 9113, 8.7. The framework repeats such a call only a few times.
    /// </summary>
    public static bool IsUnbegun(HttpRequestException error) =>
        error.InnerException is HttpProtocolException { ErrorCode: NoError or RefusedStream };

    private const long NoError = 0;
    private const long RefusedStream = 7;

    private HttpRequestMessage Request(ReadOnlyMemory<byte> body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _config.Url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = new ReadOnlyMemoryContent(body),
        };
        request.Content.Headers.ContentType = Json;
        foreach (var (name, value) in _config.Headers) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private static TransportFault FaultOf(HttpRequestException error, int status) => error.HttpRequestError switch
    {
        HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError => TransportFault.Connect,
        HttpRequestError.ResponseEnded when status == 0 => TransportFault.Closed,
        HttpRequestError.ResponseEnded => TransportFault.Truncated,
        _ when status == 0 && IsUnbegun(error) => TransportFault.Connect,
        // A reset rather than an end in order.
        _ when status == 0 && error.InnerException is IOException and not HttpIOException => TransportFault.Closed,
        _ => TransportFault.Malformed,
    };

    private static async Task ReadAll(Stream stream, UpstreamAnswer answer, long bodyBytesMax, CancellationToken ct)
    {
        while (true)
        {
            var count = await stream.ReadAsync(answer.Body.Free(4096), ct).ConfigureAwait(false);
            if (count == 0) return;
            answer.Body.Advance(count);
            if (answer.Body.Length <= bodyBytesMax) continue;
            answer.Fault = TransportFault.TooLarge;
            return;
        }
    }

    private static ContentCoding CodingOf(ICollection<string> codings) => codings.Count switch
    {
        0 => ContentCoding.Identity,
        1 when codings.Contains("gzip") => ContentCoding.Gzip,
        1 when codings.Contains("br") => ContentCoding.Brotli,
        _ => ContentCoding.Unknown,
    };

    public void Dispose() => _client.Dispose();

    private sealed class Connecting
    {
        public volatile bool Made;
    }
}
