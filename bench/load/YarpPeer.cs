using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sluice.Integration.Processes;
using Yarp.ReverseProxy.Forwarder;

namespace Sluice.Load;

/// <summary>A bare YARP forwarder: no keys, no limits, no meter. The second peer, in a process of its own.</summary>
internal static class YarpPeer
{
    public static ChildProcess Start(int port, string origin) => ChildProcess.Start(new ChildCommand(
        Environment.ProcessPath!, "yarp-peer", "--port", $"{port}", "--origin", origin)
    {
        // What a web project gets by default, and not what this one sets for itself.
        Environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["DOTNET_gcServer"] = "1",
            ["DOTNET_TieredCompilation"] = "1",
        },
    });

    public static async Task<int> Serve(Arguments arguments, CancellationToken ct)
    {
        var origin = arguments.Required("origin");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHttpForwarder();
        await using var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{arguments.Required("port")}");
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            EnableMultipleHttp2Connections = true,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(5),
        });
        var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
        app.Run(async context => await forwarder.SendAsync(context, origin, client));
        await app.StartAsync(ct);
        await ((IHost)app).WaitForShutdownAsync(ct);
        return 0;
    }
}
