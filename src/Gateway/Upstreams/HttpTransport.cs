using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using Sluice.Gateway.Snapshot;

namespace Sluice.Gateway.Upstreams;

/// <summary>Posts over TLS, and HTTP/2 where the upstream offers it, through the framework's handler.</summary>
internal sealed class HttpTransport : IUpstreamTransport
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

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
        });
    }

    public async ValueTask Send(ReadOnlyMemory<byte> body, UpstreamAnswer answer, int timeoutMs, long bodyBytesMax)
    {
        answer.Clear();
        using var limit = new CancellationTokenSource(timeoutMs);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _config.Url)
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
                Content = new ReadOnlyMemoryContent(body),
            };
            request.Content.Headers.ContentType = Json;
            foreach (var (name, value) in _config.Headers) request.Headers.TryAddWithoutValidation(name, value);
            using var response = await _client.SendAsync(request, limit.Token).ConfigureAwait(false);
            answer.Status = (int)response.StatusCode;
            answer.Coding = CodingOf(response.Content.Headers.ContentEncoding);
            await using var stream = await response.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
            await ReadAll(stream, answer, bodyBytesMax, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            answer.Fault = TransportFault.Timeout;
        }
        catch (HttpRequestException error)
        {
            answer.Fault = error.HttpRequestError switch
            {
                HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError => TransportFault.Connect,
                HttpRequestError.ResponseEnded when answer.Status == 0 => TransportFault.Closed,
                HttpRequestError.ResponseEnded => TransportFault.Truncated,
                _ => TransportFault.Malformed,
            };
        }
        catch (IOException)
        {
            answer.Fault = TransportFault.Truncated;
        }
        catch (ObjectDisposedException)
        {
            // A new snapshot closed the client between the choice and the call: another upstream may take it.
            answer.Fault = TransportFault.Connect;
        }
    }

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
}
