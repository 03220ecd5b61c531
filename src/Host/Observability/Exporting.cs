using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Sluice.Host.Observability;

/// <summary>
/// Sends the measurements of <c>/metrics</c> by OTLP when the environment names a collector. Metrics alone: there are no
/// traces, and logs go to standard error. The exporter reads the <c>OTEL_*</c> variables itself.
/// </summary>
internal static class Exporting
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // Of the variables for metrics alone the exporter reads none. This one is read here, because collectors' guides use it.
    private const string MetricsEndpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";

    public static MeterProvider? Start()
    {
        var own = Address(MetricsEndpoint);
        if ((own ?? Address(Endpoint)) is null) return null;
        return Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(Describe)
            .AddMeter("Sluice.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddView(View)
            .AddOtlpExporter(exporter =>
            {
                // Used as it stands, path included, as the specification says.
                if (own is not null) exporter.Endpoint = own;
                exporter.HttpClientFactory = () => new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
                {
                    Timeout = TimeSpan.FromMilliseconds(exporter.TimeoutMilliseconds),
                };
            })
            .Build();
    }

    private static Uri? Address(string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } text) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https")
            ? address
            : throw new HostFault($"{variable} is '{text}', which is no address: it reads http://collector:4318.");
    }

    // What the environment says of the resource is said last, so that it stands.
    private static void Describe(ResourceBuilder resource) => resource
        .AddService("sluice", serviceVersion: typeof(Exporting).Assembly.GetName().Version?.ToString(3))
        .AddEnvironmentVariableDetector();

    // Buckets as on /metrics: the default ones begin at five seconds.
    private static MetricStreamConfiguration? View(Instrument instrument) =>
        instrument.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Histogram<>)
            ? new ExplicitBucketHistogramConfiguration { Boundaries = InstrumentSeries.Bounds(instrument) }
            : null;
}
