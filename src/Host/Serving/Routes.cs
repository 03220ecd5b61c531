using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Sluice.Host.Observability;
using Sluice.Host.Portal;
using Sluice.Host.Settings;
using Sluice.Kernel;
using Sluice.Platform;

namespace Sluice.Host.Serving;

/// <summary>The host's own routes: health, metrics and the root page.</summary>
internal static class Routes
{
    public const string RequestIdHeader = "X-Request-Id";

    /// <summary>A request id in every answer and in every log line, and clear answers to what fails.</summary>
    public static void UseHostConventions(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Sluice.Host.Requests");
        var headers = new AnswerHeaders(app.Services.GetRequiredService<HostSettings>());
        app.Use(async (http, next) =>
        {
            var id = WireId.Encode(Guid.CreateVersion7());
            http.TraceIdentifier = id;
            headers.Guard(http);
            using (log.BeginScope("{RequestId}", id)) await next(http);
        });
        app.UseExceptionHandler(
            new ExceptionHandlerOptions { ExceptionHandler = AnswerFault, SuppressDiagnosticsCallback = null });
        app.UseStatusCodePages(status => AnswerStatus(status.HttpContext));
    }

    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Text("live\n")).Anonymous("says that the process runs, and no more");
        app.MapGet("/health/ready", async (Readiness readiness, CancellationToken ct) =>
        {
            var (ready, parts) = await readiness.Check(ct);
            return Results.Json(new { ready, parts }, statusCode: ready ? 200 : 503);
        }).Anonymous("balancers ask for it, and send no token");
    }

    public static void MapMetrics(this WebApplication app)
    {
        app.MapGet("/metrics", (HttpContext http, HostSettings settings, MetricsCollector metrics) =>
        {
            if (!Callers.IsLocal(http) && !Callers.HasToken(http, settings.MetricsToken))
            {
                return Problem(http, 403, "host.metrics-closed",
                    "Metrics are open on this machine only: call from it, "
                    + "or with the token of SLUICE_METRICS_TOKEN as bearer token.");
            }
            return Results.Text(metrics.Write(), MetricsCollector.ContentType);
        }).Anonymous("closed by itself: open on this machine, elsewhere to the token of SLUICE_METRICS_TOKEN");
    }

    private static async Task AnswerFault(HttpContext http)
    {
        var fault = http.Features.Get<IExceptionHandlerFeature>()?.Error;
        var (status, code, message) = fault switch
        {
            BadHttpRequestException bad => (bad.StatusCode, "api.request-malformed", bad.Message),
            Npgsql.NpgsqlException { IsTransient: true } or TimeoutException =>
                (503, "host.database-away", "The database does not answer. Try again in a moment."),
            _ => (500, "host.internal", "Something went wrong here. The request id leads to it in the log."),
        };
        http.Response.StatusCode = status;
        if (!await PortalModule.AnswerPerson(http)) await Problem(http, status, code, message).ExecuteAsync(http);
    }

    private static async Task AnswerStatus(HttpContext http)
    {
        if (await PortalModule.AnswerPerson(http)) return;
        var status = http.Response.StatusCode;
        var (code, message) = status switch
        {
            404 => ("api.route-unknown", $"There is nothing at {http.Request.Path}."),
            405 => ("api.method-unknown", $"{http.Request.Path} does not answer to {http.Request.Method}."),
            _ => ("api.request-refused", "The request was refused."),
        };
        await Problem(http, status, code, message).ExecuteAsync(http);
    }

    private static IResult Problem(HttpContext http, int status, string code, string message) => Results.Problem(
        title: message, statusCode: status, type: $"/problems/{code}",
        extensions: new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["code"] = code,
            ["requestId"] = http.TraceIdentifier,
        });
}
