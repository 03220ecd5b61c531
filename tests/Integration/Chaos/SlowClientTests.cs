using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;
using PostgresCluster = Sluice.Integration.Postgres.PostgresCluster;

namespace Sluice.Integration.Chaos;

/// <summary>Clients that send so slowly that they hold what others need, against the host's own listener.</summary>
public sealed class SlowClientTests(PostgresCluster postgres)
{
    private const int OfEach = 20;

    [Fact]
    public async Task Slow_clients_are_cut_off_in_time_and_slow_nobody_down()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        await installation.ImportFiles(origin.Url);
        var key = (await installation.CreateKey(await installation.CreateApp())).Secret;
        var gateway = await installation.Start("gateway");
        using var http = new HttpClient();
        await Call(http, gateway, key);
        var memory = Memory(gateway.Pid);

        var kinds = new (string Head, int Status, string Type)[]
        {
            // Headers that never end; a body that comes a byte at a time, for both kinds of service.
            ("GET /v1/chain HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", 408, ""),
            ($"POST /v1/chain HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\nContent-Length: 100000\r\n\r\n", 408, "request.slow"),
            ($"POST /v1/files/x HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\nContent-Length: 100000\r\n\r\n", 408, "request.slow"),
        };
        var slow = kinds.SelectMany(kind => Enumerable.Range(0, OfEach).Select(async _ =>
            (Kind: kind, Answer: await Drip(gateway.Port, kind.Head)))).ToList();
        var slowest = TimeSpan.Zero;
        for (var i = 0; i < 200; i++)
        {
            var from = TimeProvider.System.GetTimestamp();
            await Call(http, gateway, key);
            var took = TimeProvider.System.GetElapsedTime(from);
            if (took > slowest) slowest = took;
        }
        var answers = await Task.WhenAll(slow);

        Assert.All(answers, one =>
        {
            Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {one.Kind.Status} "), one.Answer.Text, StringComparison.Ordinal);
            Assert.Contains(one.Kind.Type, one.Answer.Text, StringComparison.Ordinal);
            // 15 s for headers, a grace of 5 s for a body, and what the server's clock and this machine add.
            Assert.InRange(one.Answer.Took.TotalSeconds, 3, 25);
        });
        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.InRange(Memory(gateway.Pid) - memory, long.MinValue, 64L * 1024 * 1024);
        var records = Books.Records(installation.Journals);
        Assert.Equal(201, records.Count(record => record.Record.Flags.HasFlag(RecordFlags.Billed)));
        Assert.Equal(
            2 * OfEach, records.Where(record => record.Record.Status == 408).Sum(record => Math.Max(1, record.Record.Count)));
        await Call(http, gateway, key);
    }

    private static async Task Call(HttpClient http, SluiceProcess gateway, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.BaseUrl, "/v1/chain"))
        {
            Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"""),
        };
        request.Headers.TryAddWithoutValidation("X-API-Key", key);
        using var answer = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>Sends a byte now and then until the server has had enough; what it said, and after how long.</summary>
    private static async Task<(string Text, TimeSpan Took)> Drip(int port, string head)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(head));
        var from = TimeProvider.System.GetTimestamp();
        var text = new StringBuilder();
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        var receiving = socket.ReceiveAsync(buffer, limit.Token).AsTask();
        try
        {
            while (true)
            {
                if (await Task.WhenAny(receiving, Task.Delay(500, limit.Token)) != receiving)
                {
                    await socket.SendAsync("x"u8.ToArray());
                    continue;
                }
                var count = await receiving;
                if (count == 0) break;
                text.Append(Encoding.UTF8.GetString(buffer, 0, count));
                receiving = socket.ReceiveAsync(buffer, limit.Token).AsTask();
            }
        }
        catch (SocketException)
        {
            // Cut without a goodbye, because there was more to read than anybody wanted.
        }
        return (text.ToString(), TimeProvider.System.GetElapsedTime(from));
    }

    private static long Memory(int process) => long.Parse(
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("RssAnon", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) * 1024;
}
