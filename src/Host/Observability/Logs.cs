using Microsoft.Extensions.Logging.Console;
using Sluice.Host.Settings;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Observability;

/// <summary>Logs go to standard error: JSON lines in production, short lines on a terminal.</summary>
internal static class Logs
{
    public static void Configure(ILoggingBuilder logging, HostSettings settings)
    {
        logging.SetMinimumLevel(settings.LogLevel);
        // A line a request would cost more than the request; usage records and metrics tell of them.
        logging.AddFilter("Microsoft", Least(settings.LogLevel, LogLevel.Warning));
        logging.AddFilter("System.Net.Http", Least(settings.LogLevel, LogLevel.Warning));
        logging.AddFilter("Npgsql", Least(settings.LogLevel, LogLevel.Warning));
        // Off altogether: as long as this category could log anything, the server makes a trace activity a request.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        // Faults of requests are logged once, with their request id, by the handler that answers them.
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        // A refused token is the caller's affair, and in the answer.
        foreach (var scheme in TenantsModule.SchemeLogs) logging.AddFilter(scheme, LogLevel.Warning);
        // The key ring is protected by its folder (0700), which that warning does not know of.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        if (settings.LogJson)
        {
            logging.AddJsonConsole(json =>
            {
                json.IncludeScopes = true;
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        }
        else
        {
            logging.AddConsole(console => console.FormatterName = TextLines.FormatterName);
            logging.AddConsoleFormatter<TextLines, ConsoleFormatterOptions>();
        }
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private static LogLevel Least(LogLevel wanted, LogLevel floor) => wanted > floor ? wanted : floor;
}
