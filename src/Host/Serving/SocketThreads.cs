using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Sluice.Host.Settings;

namespace Sluice.Host.Serving;

/// <summary>
/// On which threads calls run. Inline, a relay goes from the client's bytes to the upstream and back without changing
/// the thread; whatever takes long must then leave that thread by itself, because other connections wait on it.
/// </summary>
internal static class SocketThreads
{
    // Read once by the runtime, at the first socket of the process.
    private const string RuntimeSwitch = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
    private const string RuntimeCount = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";

    /// <summary>Must be called before the process opens its first socket.</summary>
    public static void RunInline()
    {
        Environment.SetEnvironmentVariable(RuntimeSwitch, "1");
        // One that the scheduler lets wait holds up only its share of the connections, so there are more than processors.
        if (Environment.GetEnvironmentVariable(RuntimeCount) is not null) return;
        var count = (2 * Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture);
        Environment.SetEnvironmentVariable(RuntimeCount, count);
    }

    public static void Configure(SocketTransportOptions transport, HostSettings settings)
    {
        transport.UnsafePreferInlineScheduling = settings.InlineSockets;
        // Saves a system call per request; the price is a pooled buffer of 4 KB per idle connection.
        transport.WaitForDataBeforeAllocatingBuffer = false;
    }

    /// <summary>Takes the requests that are not relays off the sockets' threads: they may take their time.</summary>
    public static void UseThreadPool(this IApplicationBuilder app) => app.Use(static async (http, next) =>
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await next(http);
    });
}
