using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Sluice.Integration.Origins;

internal enum CollectorMood
{
    Well,

    /// <summary>Answers 503 and asks to come back in a second.</summary>
    Overloaded,

    /// <summary>Takes requests and never answers.</summary>
    Silent,
}

/// <summary>
/// A collector of OpenTelemetry's protocol for metrics, over HTTP (<c>/v1/metrics</c>, protobuf) or gRPC. It keeps the last value
/// of every series that it was told, and misbehaves on request.
/// </summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, OtlpPoint> _points = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _gone = new();
    private int _requests;

    private OtlpCollector(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    public int Port => new Uri(Url).Port;

    public CollectorMood Mood { get; set; }

    /// <summary>Requests so far, whatever became of them.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public IReadOnlyDictionary<string, string> Resource { get; private set; } = new Dictionary<string, string>();

    public IReadOnlyCollection<OtlpPoint> Points => [.. _points.Values];

    /// <summary>What could not be decoded.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    public static async Task<OtlpCollector> Start(bool grpc, int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, port, listen => listen.Protocols = grpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        var app = builder.Build();
        var collector = new OtlpCollector(app);
        app.Run(http => collector.Take(http, grpc));
        await app.StartAsync();
        return collector;
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        await _app.DisposeAsync();
        _gone.Dispose();
    }

    private async Task Take(HttpContext http, bool grpc)
    {
        Interlocked.Increment(ref _requests);
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        if (Mood == CollectorMood.Silent)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token, http.RequestAborted);
            await Task.Delay(Timeout.Infinite, either.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
            http.Abort();
            return;
        }
        if (Mood == CollectorMood.Overloaded)
        {
            http.Response.Headers.RetryAfter = "1";
            http.Response.StatusCode = 503;
            return;
        }
        try
        {
            Keep(OtlpMetrics.Read(grpc ? Message(http, body.ToArray()) : Plain(http, body.ToArray())));
        }
        catch (Exception fault) when (fault is InvalidDataException or OverflowException or ArgumentException)
        {
            Faults.Enqueue(fault.Message);
        }
        if (grpc) await AnswerGrpc(http);
        else http.Response.ContentType = "application/x-protobuf";
    }

    private static byte[] Plain(HttpContext http, byte[] body) =>
        http.Request.Path == "/v1/metrics" && http.Request.ContentType == "application/x-protobuf"
            ? body
            : throw new InvalidDataException($"{http.Request.Path} {http.Request.ContentType}");

    // A frame: not compressed, length, message.
    private static byte[] Message(HttpContext http, byte[] body)
    {
        if (http.Request.Path != "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
            throw new InvalidDataException(http.Request.Path);
        if (body[0] != 0 || BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)) != body.Length - 5)
            throw new InvalidDataException("No gRPC frame.");
        return body[5..];
    }

    private static async Task AnswerGrpc(HttpContext http)
    {
        http.Response.ContentType = "application/grpc";
        http.Response.DeclareTrailer("grpc-status");
        await http.Response.Body.WriteAsync(new byte[5]);
        http.Response.AppendTrailer("grpc-status", "0");
    }

    private void Keep(OtlpMetrics metrics)
    {
        Resource = metrics.Resource;
        foreach (var point in metrics.Points)
        {
            var labels = point.Attributes.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"{one.Key}={one.Value}");
            _points[string.Create(CultureInfo.InvariantCulture, $"{point.Metric}|{string.Join(',', labels)}")] = point;
        }
    }
}
