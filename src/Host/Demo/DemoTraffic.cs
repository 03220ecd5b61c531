using System.Net.Http.Headers;
using System.Text;

namespace Sluice.Host.Demo;

/// <summary>
/// A trickle of real calls through the front door with a key of its own, so that charts of the demo have something to show:
/// one call at a time, reads of the local chain and now and then a faulty one, never more often than the pace.
/// </summary>
internal sealed partial class DemoTraffic : IAsyncDisposable
{
    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(10);

    // What an app that shows balances asks: many cheap reads, few dear ones, and one mistake in a while.
    private static readonly (int Weight, string Method, string Parameters)[] Calls =
    [
        (30, "eth_blockNumber", "[]"),
        (22, "eth_getBalance", """["0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266","latest"]"""),
        (14, "eth_gasPrice", "[]"),
        (12, "eth_getBlockByNumber", """["latest",false]"""),
        (9, "eth_getTransactionCount", """["0x70997970C51812dc3A010C7d01b50e0d17dc79C8","latest"]"""),
        (6, "eth_call", """[{"to":"0x0000000000000000000000000000000000000004","data":"0x01"},"latest"]"""),
        (4, "eth_getLogs", """[{"fromBlock":"latest"}]"""),
        (3, "eth_getBalance", """["0x1234","latest"]"""),
    ];

    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _client;
    private readonly ILogger _log;
    private readonly Task _run;

    private DemoTraffic(Uri server, string key, TimeSpan pace, TimeProvider time, ILogger log)
    {
        // Straight to this machine: a proxy of the environment has no business with the key.
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
        {
            BaseAddress = server,
            Timeout = LongestCall,
        };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("sluice-demo");
        _log = log;
        _run = Run(pace, time);
    }

    /// <summary>Begins; null where it was turned off, or where no listener is plain HTTP on this machine.</summary>
    public static DemoTraffic? Start(
        IReadOnlyList<string> urls, string key, TimeSpan pace, TimeProvider time, ILogger log)
    {
        var server = urls.Select(url => new Uri(url)).FirstOrDefault(url => url.Scheme == Uri.UriSchemeHttp);
        return pace == TimeSpan.Zero || server is null ? null : new DemoTraffic(server, key, pace, time, log);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task Run(TimeSpan pace, TimeProvider time)
    {
        using var ticks = new PeriodicTimer(pace, time);
        try
        {
            while (await ticks.WaitForNextTickAsync(_stop.Token)) await Call();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end.
        }
    }

    private async Task Call()
    {
        var (method, parameters) = Choose(Random.Shared.Next(Calls.Sum(call => call.Weight)));
        using var body = new StringContent(
            $$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""", Encoding.UTF8, "application/json");
        try
        {
            using var answer = await _client.PostAsync(
                new Uri($"/v1/{DemoProfile.ServiceName}", UriKind.Relative), body, _stop.Token);
        }
        catch (Exception error) when (error is HttpRequestException
            || (error is OperationCanceledException && !_stop.IsCancellationRequested))
        {
            LogFailed(_log, error.Message);
        }
    }

    private static (string Method, string Parameters) Choose(int draw)
    {
        foreach (var (weight, method, parameters) in Calls)
        {
            if (draw < weight) return (method, parameters);
            draw -= weight;
        }
        throw new ArgumentOutOfRangeException(nameof(draw));
    }

    [LoggerMessage(20110, LogLevel.Debug, "A call of the demo failed: {Why}")]
    private static partial void LogFailed(ILogger log, string why);
}
