using Sluice.Integration.Origins;
using Sluice.Integration.Processes;

namespace Sluice.Load;

/// <summary>The origin and nginx in front of it.</summary>
internal sealed class Peers : IAsyncDisposable
{
    private Peers(NginxOrigin origin, NginxOrigin proxy)
    {
        Origin = origin;
        Proxy = proxy;
    }

    public NginxOrigin Origin { get; }

    public NginxOrigin Proxy { get; }

    /// <param name="port">Of the origin, the proxy takes the next; null takes free ones.</param>
    public static async Task<Peers> Start(int? port = null)
    {
        var origin = await NginxOrigin.Start(Configuration("origin.conf"), onPort: port);
        var places = new Dictionary<string, string>(StringComparer.Ordinal) { ["origin"] = $"127.0.0.1:{origin.Port}" };
        return new Peers(origin, await NginxOrigin.Start(Configuration("nginx.conf"), places, port + 1));
    }

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await Origin.DisposeAsync();
    }

    private static string Configuration(string name) => File.ReadAllText(Path.Combine(Repository.Bench, name));
}
