using System.Globalization;

namespace Sluice.Load;

/// <summary>Short comparisons of gateways that run already, for the time between two edits.</summary>
internal static class DevRun
{
    public static async Task<int> ServePeers(Arguments arguments, CancellationToken ct)
    {
        await using var peers = await Peers.Start(arguments.Number("port", 9100));
        Console.WriteLine($"origin {peers.Origin.Url}, nginx {peers.Proxy.Url}; Ctrl-C ends both.");
        await Task.Delay(Timeout.Infinite, ct);
        return 0;
    }

    public static async Task<int> Run(Arguments arguments, CancellationToken ct)
    {
        var key = arguments.Required("key");
        var target = arguments.Required("target");
        var peer = arguments.Text("peer");
        var pairs = arguments.Number("pairs", 3);
        var seconds = arguments.Number("seconds", 3);
        var connections = arguments.Number("connections", 32);
        var ratios = new List<double>();
        await Wrk.Run(target, key, connections, 2);
        for (var i = 0; i < pairs; i++)
        {
            ct.ThrowIfCancellationRequested();
            var ours = await Wrk.Run(target, key, connections, seconds);
            var theirs = peer is null ? null : await Wrk.Run(peer, key, connections, seconds);
            if (theirs is not null) ratios.Add(ours.PerSecond / theirs.PerSecond);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{ours.PerSecond,8:0}/s  p99 {ours.P99Micros,6} us  refused {ours.Refused} broken {ours.Broken}"
                + $"{(theirs is null ? "" : $"   peer {theirs.PerSecond,8:0}/s  ratio {ratios[^1]:0.000}")}"));
        }
        if (arguments.Number("paced", 0) is > 0 and var paced)
        {
            await Paced("target", target, paced);
            if (peer is not null) await Paced("peer", peer, paced);
        }
        if (ratios.Count > 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"median ratio {Statistics.Median(ratios):0.000}"));
        return 0;

        async Task Paced(string name, string url, int perSecond)
        {
            var result = await PacedLoad.Run(
                new Uri(url), key, perSecond, connections, TimeSpan.FromSeconds(seconds + 1), TimeSpan.FromSeconds(1), ct);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-7} at {perSecond}/s  p50 {result.P50Ms:0.000}  p99 {result.P99Ms:0.000}  max {result.MaxMs:0.000} ms  failed {result.Failed}"));
        }
    }
}
