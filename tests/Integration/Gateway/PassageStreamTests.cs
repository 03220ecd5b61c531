using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>Bodies stream: nothing is kept back but the end, and long ones are recorded on the way.</summary>
public sealed class PassageStreamTests
{
    [Fact]
    public async Task Passage_hands_an_event_on_when_the_origin_still_holds_the_answer()
    {
        await using var origin = MisbehavingOrigin.Start();
        var release = new TaskCompletionSource();
        origin.Default = HeldEvents(release.Task);
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Http("api", origin.Url);
            setup.Settings["Gateway:CheckpointIntervalMs"] = "50";
        });
        using var request = gateway.Request(HttpMethod.Get, "/v1/api/events");
        using var answer = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        Assert.Equal("data: one", await reader.ReadLineAsync());
        // What was delivered is in the journal before the stream ends: a crash now would not lose it.
        await Until.True(() => gateway.Records().Count == 1, "a checkpoint is written");
        var checkpoint = gateway.Records()[0];
        release.SetResult();
        Assert.Contains("data: two", await reader.ReadToEndAsync(), StringComparison.Ordinal);

        Assert.Equal(
            (RecordKind.Checkpoint, 0, 7L, 11L),
            (checkpoint.Raw.Kind, checkpoint.Raw.Count, checkpoint.Raw.Quantity, checkpoint.Raw.BytesDown));
        var usage = await gateway.OnlyUsage();
        Assert.Equal((1, Outcome.Answered, true), (usage.Raw.Count, usage.Raw.Outcome, usage.Billed));
        var all = gateway.Records();
        Assert.Equal(7, all.Sum(r => r.Raw.Quantity));
        Assert.Equal(22, all.Sum(r => r.Raw.BytesDown));
    }

    [Fact]
    public async Task Passage_keeps_little_in_memory_when_a_download_is_large()
    {
        await using var origin = await NginxOrigin.Start();
        const int size = 100 * 1024 * 1024;
        await using (var file = File.Create(Path.Combine(origin.Files, "large.bin"))) file.SetLength(size);
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url));
        using (var warm = await gateway.Get("/v1/api/files/none")) Assert.Equal(HttpStatusCode.NotFound, warm.StatusCode);
        var allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);

        using var request = gateway.Request(HttpMethod.Get, "/v1/api/files/large.bin");
        using var answer = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var read = 0L;
        await using (var stream = await answer.Content.ReadAsStreamAsync())
        {
            var buffer = new byte[64 * 1024];
            while (await stream.ReadAsync(buffer) is > 0 and var count) read += count;
        }

        Assert.Equal(size, read);
        // All that was allocated for it, freed or not: far less than the body.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore, 0, 32 * 1024 * 1024);
        var usage = await gateway.Usage(2);
        Assert.Equal(size, gateway.Records().Where(r => r.Raw.Status == 200).Sum(r => r.Raw.BytesDown));
        Assert.Equal(14, gateway.Records().Sum(r => r.Raw.Quantity));
        Assert.Equal(2, usage.Count);
    }

    [Fact]
    public async Task Passage_has_recorded_the_call_when_the_client_sees_its_end()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = Behaviours.Chunked();
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url));
        for (var i = 1; i <= 50; i++)
        {
            using var request = gateway.Request(
                HttpMethod.Post, "/v1/api/x", new StringContent("""{"jsonrpc":"2.0","id":1,"method":"x"}"""));
            using var answer = await gateway.Http.SendAsync(request);
            Assert.Equal(i, gateway.Records().Count(r => r.Raw.Kind == RecordKind.Usage));
        }
    }

    [Fact]
    public async Task Passage_carries_trailers_both_ways_streaming_when_a_call_is_grpc()
    {
        await using var origin = await GrpcOrigin();
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("grpc", origin.Urls.First()));
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, gateway.H2cUrl + "/v1/grpc/pkg.Service/Echo")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 2, 8, 1]),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        request.Headers.TryAddWithoutValidation("X-API-Key", gateway.Key.Text);

        using var answer = await client.SendAsync(request);

        Assert.Equal([0, 0, 0, 0, 2, 8, 1], await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal("0", answer.TrailingHeaders.GetValues("grpc-status").Single());
        Assert.Equal("HTTP/2 trailers", answer.TrailingHeaders.GetValues("x-seen").Single());
        Assert.True((await gateway.OnlyUsage()).Billed);
    }

    private static Behaviour HeldEvents(Task release) => async (exchange, ct) =>
    {
        await exchange.Write(OriginExchange.Head(200, "text/event-stream", null, "Transfer-Encoding: chunked"), ct);
        await exchange.Write("b\r\ndata: one\n\n\r\n", ct);
        await release.WaitAsync(ct);
        await exchange.Write("b\r\ndata: two\n\n\r\n0\r\n\r\n", ct);
    };

    private static async Task<WebApplication> GrpcOrigin()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.Run(async http =>
        {
            http.Response.ContentType = "application/grpc";
            await http.Response.StartAsync();
            await http.Request.Body.CopyToAsync(http.Response.Body);
            http.Response.AppendTrailer("grpc-status", "0");
            http.Response.AppendTrailer("x-seen", $"{http.Request.Protocol} {http.Request.Headers.TE}");
        });
        await app.StartAsync();
        return app;
    }
}
