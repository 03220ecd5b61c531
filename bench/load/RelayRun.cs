using System.Globalization;
using Sluice.Integration.Processes;

namespace Sluice.Load;

/// <summary>The gateway beside nginx and a bare YARP forwarder, all before the same origin, in interleaved rounds.</summary>
internal static class RelayRun
{
    private const int PacedPairs = 9;
    private const int PacedWarmUpSeconds = 20;

    private static readonly TimeSpan PacedSettling = TimeSpan.FromSeconds(1);

    public static async Task<int> Run(Arguments arguments, CancellationToken interrupted)
    {
        var budget = Budgets.Read().Relay;
        var pairs = arguments.Number("pairs", budget.Pairs);
        var seconds = arguments.Number("seconds", 5);
        var pacedSeconds = arguments.Number("paced-seconds", 6);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        bounded.CancelAfter(TimeSpan.FromSeconds(
            180 + ((pairs + 3) * 3 * (seconds + 3)) + (2 * (PacedWarmUpSeconds + (PacedPairs * (pacedSeconds + 3))))));
        var ct = bounded.Token;

        await using var peers = await Peers.Start();
        var yarpPort = FreePort.Next();
        await using var yarp = YarpPeer.Start(yarpPort, peers.Origin.Url);
        await using var gateway = await GatewayUnderTest.Start(peers.Origin.Url);
        Contender[] contenders =
        [
            new("nginx", new Uri($"{peers.Proxy.Url}/v1/bench"), peers.Proxy.Pid),
            new("sluice", gateway.Url, gateway.Sluice.Pid),
            new("yarp", new Uri($"http://127.0.0.1:{yarpPort}/v1/bench"), yarp.Pid),
        ];
        foreach (var contender in contenders) await contender.Check(gateway.Key);

        var side = new SideCost(peers.Origin.Pid, gateway.Database.Pid);
        var rounds = new List<Round>();
        var memory = 0.0;
        // Warm: code is compiled anew where it is hot, connections open.
        for (var warm = 0; warm < 2 * contenders.Length; warm++)
        {
            ct.ThrowIfCancellationRequested();
            await Wrk.Run(contenders[warm % contenders.Length].Url.ToString(), gateway.Key, budget.Connections, seconds);
        }
        for (var round = 0; round < pairs; round++)
        {
            for (var turn = 0; turn < contenders.Length; turn++)
            {
                ct.ThrowIfCancellationRequested();
                // A different one begins every round, so that no one always follows the same one.
                var contender = contenders[(round + turn) % contenders.Length];
                rounds.Add(await Measure(contender, round, gateway.Key, budget.Connections, seconds, side));
            }
            memory = Math.Max(memory, ProcessCost.AnonymousResidentMegabytes(gateway.Sluice.Pid));
            PrintRound(round, rounds);
        }
        // The lag counts at the end of load, so the gateway is loaded once more right before it is read.
        await Wrk.Run(gateway.Url.ToString(), gateway.Key, budget.Connections, seconds);
        var lag = Lag.Of(await gateway.Metrics(), Lag.Metric);
        var paced = await Paced(contenders[..2], gateway.Key, budget, pacedSeconds, ct);
        memory = Math.Max(memory, ProcessCost.AnonymousResidentMegabytes(gateway.Sluice.Pid));
        var pumped = Lag.Of(await gateway.Metrics(), Lag.PumpedMetric);
        return await Conclude(new Measured(rounds, paced, lag, memory, pumped), budget);
    }

    private static async Task<Round> Measure(
        Contender contender, int round, string key, int connections, int seconds, SideCost side)
    {
        var before = (Own: ProcessCost.Cpu(contender.Pid), Origin: ProcessCost.Cpu(side.OriginPid),
            Database: ProcessCost.Cpu(side.DatabasePid));
        var result = await Wrk.Run(contender.Url.ToString(), key, connections, seconds);
        return new Round(
            round, contender.Name, result,
            PerCall.From(ProcessCost.Cpu(contender.Pid) - before.Own, result.Requests),
            PerCall.From(ProcessCost.Cpu(side.OriginPid) - before.Origin, result.Requests),
            PerCall.From(ProcessCost.Cpu(side.DatabasePid) - before.Database, result.Requests));
    }

    private static async Task<List<PacedRound>> Paced(
        Contender[] contenders, string key, RelayBudget budget, int seconds, CancellationToken ct)
    {
        var rounds = new List<PacedRound>();
        // Other code is hot when calls come one by one: what is compiled anew meanwhile is not what is measured.
        foreach (var contender in contenders) await Run(contender, TimeSpan.FromSeconds(PacedWarmUpSeconds));
        for (var pair = 0; pair < PacedPairs; pair++)
        {
            for (var turn = 0; turn < contenders.Length; turn++)
            {
                var contender = contenders[(pair + turn) % contenders.Length];
                var result = await Run(contender, TimeSpan.FromSeconds(seconds));
                ct.ThrowIfCancellationRequested();
                rounds.Add(new PacedRound(pair, contender.Name, result));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"paced {pair + 1}  {contender.Name,-7} p50 {result.P50Ms,7:0.000}  p99 {result.P99Ms,7:0.000}  "
                    + $"p99.9 {result.P999Ms,7:0.000}  max {result.MaxMs,8:0.000} ms  failed {result.Failed}"));
            }
        }
        return rounds;

        Task<PacedResult> Run(Contender contender, TimeSpan duration) => PacedLoad.Run(
            contender.Url, key, budget.PacedRequestsPerSecond, budget.Connections, duration, PacedSettling, ct);
    }

    private static void PrintRound(int round, List<Round> rounds)
    {
        var texts = rounds.Where(one => one.Number == round).OrderBy(one => one.Contender, StringComparer.Ordinal)
            .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Contender} {one.Result.PerSecond:0}/s"));
        Console.WriteLine($"round {round + 1}  {string.Join("  ", texts)}");
    }

    private static async Task<int> Conclude(Measured measured, RelayBudget budget)
    {
        var summary = RelaySummary.Of(measured);
        summary.Print();
        var verdicts = new Verdicts();
        verdicts.AtLeast("requests per second, ratio to nginx", summary.ToNginx.Median, budget.RatioToNginxMin);
        verdicts.AtLeast("requests per second, ratio to YARP", summary.ToYarp.Median, budget.RatioToYarpMin);
        verdicts.AtMost("pump lag at the end, s", measured.PumpLagSeconds, budget.PumpLagSecondsMax);
        verdicts.AtMost(
            $"p99 at {budget.PacedRequestsPerSecond}/s, ratio to nginx", summary.PacedP99Ratio.Median,
            budget.PacedP99RatioToNginxMax);
        verdicts.AtMost("anonymous resident memory, MB", measured.AnonymousResidentMegabytes, budget.AnonymousResidentMegabytesMax);
        verdicts.AtMost("answers refused or broken", summary.Faulty, 0);
        // A lag of nothing proves nothing where nothing is pumped.
        verdicts.AtLeast(
            "records pumped, beside calls of the rounds", measured.RecordsPumped,
            measured.Rounds.Where(round => round.Contender is "sluice").Sum(round => round.Result.Requests));
        verdicts.Print();
        var machine = await Machine.Describe();
        Report.Write("relay", machine.At, new { machine, summary, verdicts = verdicts.All, measured });
        return verdicts.Met ? 0 : 1;
    }
}

internal sealed record SideCost(int OriginPid, int DatabasePid);

/// <summary>CPU microseconds of one call.</summary>
internal sealed record PerCall(double UserMicros, double SystemMicros)
{
    public double TotalMicros => UserMicros + SystemMicros;

    public static PerCall From(CpuTime time, long calls) =>
        calls == 0 ? new(0, 0) : new(time.UserMicros / calls, time.SystemMicros / calls);
}

internal sealed record Round(
    int Number, string Contender, WrkResult Result, PerCall Own, PerCall Origin, PerCall Database);

internal sealed record PacedRound(int Number, string Contender, PacedResult Result);

internal sealed record Measured(
    IReadOnlyList<Round> Rounds, IReadOnlyList<PacedRound> Paced, double PumpLagSeconds,
    double AnonymousResidentMegabytes, double RecordsPumped);

/// <summary>One of those that are compared.</summary>
internal sealed record Contender(string Name, Uri Url, int Pid)
{
    /// <summary>What is fast because it refuses everything is not compared.</summary>
    public async Task Check(string key)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        await Until.True(
            async () =>
            {
                try
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, Url)
                    {
                        Content = new StringContent(
                            """{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}""",
                            System.Text.Encoding.UTF8, "application/json"),
                    };
                    request.Headers.Authorization = new("Bearer", key);
                    using var answer = await http.SendAsync(request);
                    var text = await answer.Content.ReadAsStringAsync();
                    return answer.IsSuccessStatusCode
                        && string.Equals(text, Integration.Origins.NginxOrigin.Answer, StringComparison.Ordinal);
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            $"{Name} relays the origin's answer", TimeSpan.FromSeconds(15));
    }
}
