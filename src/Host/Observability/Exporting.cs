using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Sluice.Host.Observability;

/// <summary>
/// Sends the same measurements by OTLP when the environment names a collector (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; the
/// exporter reads the other <c>OTEL_*</c> variables itself).
/// </summary>
internal static class Exporting
{
    public static MeterProvider? Start()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"))) return null;
        return Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("sluice"))
            .AddMeter("Sluice.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddOtlpExporter()
            .Build();
    }
}
