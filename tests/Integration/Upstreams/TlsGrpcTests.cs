using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Upstreams;

/// <summary>gRPC through a plain HTTP service, over TLS and without, on both sides of the gateway.</summary>
public sealed class TlsGrpcTests(TlsHouse house) : IClassFixture<TlsHouse>
{
    private static readonly byte[] Message = [0, 0, 0, 0, 2, 8, 1];

    /// <summary>TLS to the gateway, TLS to the upstream.</summary>
    public static TheoryData<bool, bool> Sides => new() { { true, true }, { true, false }, { false, true }, { false, false } };

    [Theory, MemberData(nameof(Sides))]
    public async Task Grpc_brings_message_and_trailers_when_a_call_is_unary(bool tlsDown, bool tlsUp)
    {
        await using var origin = await Origin(tlsUp);
        var service = await house.Service("http", origin.Urls.First());
        using var request = Grpc(tlsDown, service, "Unary", new ByteArrayContent(Message));

        using var answer = await house.Http.SendAsync(request);

        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (answer.StatusCode, answer.Version));
        Assert.Equal(Message, await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal("0", answer.TrailingHeaders.GetValues("grpc-status").Single());
        Assert.Equal("HTTP/2 trailers", answer.TrailingHeaders.GetValues("x-seen").Single());
        await Billed(service, 1);
    }

    [Theory, MemberData(nameof(Sides))]
    public async Task Grpc_brings_each_message_at_once_when_the_server_streams(bool tlsDown, bool tlsUp)
    {
        await using var origin = await Origin(tlsUp);
        var service = await house.Service("http", origin.Urls.First());
        using var upload = new HeldContent();
        using var request = Grpc(tlsDown, service, "Stream", upload);

        using var answer = await house.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var stream = await answer.Content.ReadAsStreamAsync();
        // The origin sends one message back for each that it gets: each must arrive before the next is sent.
        for (var i = 0; i < 5; i++)
        {
            await upload.Send(Message);
            var read = new byte[Message.Length];
            await stream.ReadExactlyAsync(read).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            Assert.Equal(Message, read);
        }
        upload.End();
        Assert.Equal(0, await stream.ReadAsync(new byte[1]));

        Assert.Equal("0", answer.TrailingHeaders.GetValues("grpc-status").Single());
        await Billed(service, 1);
    }

    [Fact]
    public async Task Grpc_stream_lives_on_when_nobody_speaks_for_longer_than_a_slow_body_is_given()
    {
        await using var origin = await Origin(tls: true);
        var service = await house.Service("http", origin.Urls.First());
        using var upload = new HeldContent();
        using var request = Grpc(tls: true, service, "Stream", upload);
        using var answer = await house.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var stream = await answer.Content.ReadAsStreamAsync();
        await upload.Send(Message);
        await stream.ReadExactlyAsync(new byte[Message.Length]);

        // The silence itself is what is tested: 240 bytes a second after a grace of 5 s would end it.
        await Task.Delay(TimeSpan.FromSeconds(8));
        await upload.Send(Message);
        await stream.ReadExactlyAsync(new byte[Message.Length]).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        upload.End();
        Assert.Equal(0, await stream.ReadAsync(new byte[1]));
    }

    [Theory, MemberData(nameof(Sides))]
    public async Task Grpc_brings_the_error_when_the_server_answers_with_trailers_only(bool tlsDown, bool tlsUp)
    {
        await using var origin = await Origin(tlsUp);
        var service = await house.Service("http", origin.Urls.First());
        using var request = Grpc(tlsDown, service, "Fail", new ByteArrayContent(Message));

        using var answer = await house.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        var status = answer.Headers.Concat(answer.TrailingHeaders).ToDictionary(h => h.Key, h => h.Value.Single(), StringComparer.OrdinalIgnoreCase);
        Assert.Equal(("5", "no such thing"), (status["grpc-status"], status["grpc-message"]));
    }

    [Theory]
    [InlineData("1.1"), InlineData("2.0")]
    public async Task Listener_over_tls_speaks_the_version_that_the_client_asks_for(string version)
    {
        await using var origin = await Origin(tls: true);
        var service = await house.Service("http", origin.Urls.First());
        using var request = house.Request(HttpMethod.Post, $"{house.TlsUrl}/v1/{service}/pkg.Service/Version", new StringContent("x"));
        (request.Version, request.VersionPolicy) = (Version.Parse(version), HttpVersionPolicy.RequestVersionExact);

        using var answer = await house.Http.SendAsync(request);

        Assert.Equal(Version.Parse(version), answer.Version);
        // The upstream's version is its own affair.
        Assert.Equal("HTTP/2", await answer.Content.ReadAsStringAsync());
    }

    private HttpRequestMessage Grpc(bool tls, string service, string method, HttpContent content)
    {
        var request = house.Request(
            HttpMethod.Post, $"{(tls ? house.TlsUrl : house.H2cUrl)}/v1/{service}/pkg.Service/{method}", content);
        (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        return request;
    }

    private async Task Billed(string service, int calls)
    {
        await Until.True(() => house.Records(service).Sum(record => record.Record.Quantity) >= calls * 3, "the call is recorded");
        Assert.Equal(calls * 3, house.Records(service).Sum(record => record.Record.Quantity));
    }

    private async Task<WebApplication> Origin(bool tls)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener =>
        {
            listener.Protocols = tls ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http2;
            if (tls) listener.UseHttps(house.Trusted.Issue(ended: false, "localhost", "127.0.0.1"));
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        app.Run(async http =>
        {
            http.Features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinRequestBodyDataRateFeature>()!.MinDataRate = null;
            var method = http.Request.Path.Value!.Split('/')[^1];
            if (method == "Version")
            {
                await http.Response.WriteAsync(http.Request.Protocol);
                return;
            }
            http.Response.ContentType = "application/grpc";
            if (method == "Fail")
            {
                http.Response.Headers["grpc-status"] = "5";
                http.Response.Headers["grpc-message"] = "no such thing";
                return;
            }
            await http.Response.Body.FlushAsync();
            var buffer = new byte[Message.Length];
            while (await http.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false) == buffer.Length)
            {
                await http.Response.Body.WriteAsync(buffer);
                await http.Response.Body.FlushAsync();
            }
            http.Response.AppendTrailer("grpc-status", "0");
            http.Response.AppendTrailer("x-seen", $"{http.Request.Protocol} {http.Request.Headers.TE}");
        });
        await app.StartAsync();
        return app;
    }

    /// <summary>A body that a test sends piece by piece.</summary>
    private sealed class HeldContent : HttpContent
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task Send(byte[] bytes)
        {
            var stream = await _stream.Task.WaitAsync(TimeSpan.FromSeconds(10));
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
        }

        public void End() => _ended.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            // Headers go out with the first flush.
            await stream.FlushAsync();
            _stream.SetResult(stream);
            await _ended.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
