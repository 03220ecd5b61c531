using System.Globalization;
using System.Text;
using Sluice.Integration.Origins;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>Generated garbage at a running gateway: it always says something sensible and stays well.</summary>
public sealed class RpcGarbageTests
{
    private const int Requests = 3_000;

    private static readonly string[] Seeds =
    [
        RpcClient.Call, $"[{RpcClient.Call},{RpcClient.Call}]", """{"jsonrpc":"2.0","method":"n"}""", "[]", "",
        """[{"jsonrpc":"2.0","id":"\u0061","method":"m","params":{"a":[1.0,{"b":null}]}},1,null,{"id":2}]""",
    ];

    private static readonly string[] Targets =
    [
        "/v1/eth", "/v1", "/v1/", "/v1/eth/", "/v1/eth?a=b", "/v1/eth/..", "/v1/eth/%2e", "/v1/%00", "/v1/eth/~x", "/v1/~",
        "/v1/eth;x", "/v1/eth%ff", "/v1//", "/v1/eth/\\", "/v1?", "/v1/eth#f", "http://localhost/v1/eth", "*", "/v1/nothing",
    ];

    private static readonly string[] Verbs = ["POST", "POST", "POST", "POST", "POST", "POST", "POST", "POST", "GET", "HEAD", "PUT", "OPTIONS", "CONNECT", "BREW"];

    [Fact]
    public async Task Every_answer_is_valid_and_the_gateway_is_well_afterwards()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var key = gateway.NewKey(keyLimits: new(null, null, 10_000_000, null));
        var requests = Enumerable.Range(0, Requests).Select(_ => Generate(random, key)).ToArray();
        var statuses = new int[Requests];
        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
        {
            using var raw = await RawClient.Connect(gateway.Port);
            await raw.Send(requests[i]);
            var answer = await raw.Receive(timeoutMs: 400);
            if (answer.Length == 0)
            {
                // The server waits for the rest of what was announced.
                raw.EndSending();
                answer = await raw.Receive(timeoutMs: 5_000);
            }
            statuses[i] = StatusOf(answer);
        });

        for (var i = 0; i < Requests; i++)
        {
            // Half a request that ends needs no answer; every answer is one that was meant.
            var said = statuses[i] is 0 or (>= 200 and < 500) or 502 or 503 or 505;
            Assert.True(said, $"seed {seed}, request {i}: {statuses[i]}\n{Encoding.Latin1.GetString(requests[i])}");
        }
        // Garbage that never gets far would prove little.
        Assert.InRange(statuses.Count(status => status == 200), 100, Requests);
        Assert.InRange(statuses.Count(status => status == 400), 100, Requests);
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Text.Contains("failed inside the gateway", StringComparison.Ordinal)
            || line.Text.Contains("unhandled", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(200, (await gateway.Post(key)).Status);
        foreach (var one in gateway.Records())
        {
            var record = one.Raw;
            var billed = record.Outcome is Outcome.Answered or Outcome.CallerError;
            Assert.Equal(billed, record.Flags.HasFlag(RecordFlags.Billed));
            Assert.Equal(billed ? 10 : 0, record.Quantity);
            Assert.True(record.Outcome != Outcome.Refused || record.Status >= 400, $"seed {seed}");
            Assert.True(record.Count >= 1 && record.AtMicros > 0, $"seed {seed}");
        }
    }

    private static byte[] Generate(Random random, TestKey key)
    {
        if (random.Next(20) == 0) return Bytes(random, random.Next(400));
        var body = Mutate(random, Encoding.UTF8.GetBytes(Seeds[random.Next(Seeds.Length)]), random.Next(2) == 0 ? 0 : random.Next(6));
        var head = new StringBuilder();
        var target = random.Next(3) == 0 ? Targets[random.Next(Targets.Length)] : "/v1/eth";
        head.Append(CultureInfo.InvariantCulture, $"{Verbs[random.Next(Verbs.Length)]} {target} HTTP/1.1\r\nConnection: close\r\n");
        head.Append(CultureInfo.InvariantCulture, $"Host: {Pick(random, "localhost", "localhost", "localhost", "localhost", "eth.localhost", "x.localhost", "[::1]:1", "a b")}\r\n");
        if (random.Next(6) != 0) head.Append(CultureInfo.InvariantCulture, $"{Pick(random, "X-API-Key", "X-API")}: {key.Text}\r\n");
        if (random.Next(4) == 0) head.Append(CultureInfo.InvariantCulture, $"Origin: {Pick(random, "https://a.example", "null", "é", "::", "a b")}\r\n");
        if (random.Next(6) == 0) head.Append(CultureInfo.InvariantCulture, $"Content-Encoding: {Pick(random, "gzip", "br", "x", "gzip,gzip", "")}\r\n");
        if (random.Next(6) == 0) head.Append(CultureInfo.InvariantCulture, $"Authorization: {Pick(random, "Bearer", "Bearer ", "Basic x", "slc_", "é")}\r\n");
        if (random.Next(8) == 0) head.Append(CultureInfo.InvariantCulture, $"Access-Control-Request-Method: {Pick(random, "POST", "é", "")}\r\n");
        if (random.Next(8) == 0) head.Append(CultureInfo.InvariantCulture, $"Target-Service-Id: {Pick(random, "eth", "é", "../x")}\r\n");
        if (random.Next(8) == 0) head.Append("Upgrade: websocket\r\n");
        if (random.Next(10) == 0) head.Append("Transfer-Encoding: chunked\r\n");
        else head.Append(CultureInfo.InvariantCulture, $"Content-Length: {(random.Next(12) == 0 ? random.Next(-5, 5000) : body.Length)}\r\n");
        var bytes = Encoding.UTF8.GetBytes(head.Append("\r\n").ToString());
        return [.. random.Next(15) == 0 ? Mutate(random, bytes, 2) : bytes, .. body];
    }

    private static byte[] Mutate(Random random, byte[] bytes, int times)
    {
        var list = new List<byte>(bytes);
        for (; times > 0; times--)
        {
            var at = random.Next(list.Count + 1);
            switch (random.Next(4))
            {
                case 0 when at < list.Count: list[at] = (byte)random.Next(256); break;
                case 1 when at < list.Count: list.RemoveAt(at); break;
                case 2: list.InsertRange(at, Encoding.UTF8.GetBytes(Pick(random, "[", "{", "\"", "\\u", "\\ud800", "0", ",", "é", "\0", "1e999"))); break;
                default: list.InsertRange(at, list.Take(random.Next(20)).ToArray()); break;
            }
        }
        return [.. list];
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string Pick(Random random, params string[] of) => of[random.Next(of.Length)];

    private static int StatusOf(string answer) =>
        answer.Length >= 12 && int.TryParse(answer.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : 0;
}
