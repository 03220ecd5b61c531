using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Npgsql;

namespace Sluice.Load;

/// <summary>A million keys: the start, and one key more while calls go on.</summary>
internal static class KeysRun
{
    private const int PacedPerSecond = 2000;
    private const int PacedConnections = 16;
    private static readonly TimeSpan PacedFor = TimeSpan.FromSeconds(10);

    public static async Task<int> Run(Arguments arguments, CancellationToken ct)
    {
        var budget = Budgets.Read().Keys;
        var count = arguments.Number("count", budget.Count);
        await using var peers = await Peers.Start();
        await using var gateway = await GatewayUnderTest.Start(peers.Origin.Url);
        await gateway.Sluice.Shutdown();
        var filling = Stopwatch.StartNew();
        await Fill(gateway, count, ct);
        Console.WriteLine($"{count} keys written in {filling.Elapsed.TotalSeconds:0.0} s");

        var starting = Stopwatch.StartNew();
        await gateway.Sluice.Up();
        var startSeconds = starting.Elapsed.TotalSeconds;
        await new Contender("sluice", gateway.Url, gateway.Sluice.Pid).Check(gateway.Key);
        await Load(gateway, TimeSpan.FromSeconds(3), ct);

        var calm = await Load(gateway, PacedFor, ct);
        var loading = Load(gateway, PacedFor, ct);
        await Task.Delay(PacedFor / 3, ct);
        var creating = Stopwatch.StartNew();
        var (_, secret) = await gateway.CreateKey("one more");
        var usable = await Answers(gateway.Url, secret, ct);
        var usableSeconds = creating.Elapsed.TotalSeconds;
        var busy = await loading;

        Print("without a change", calm);
        Print("with a new key", busy);
        var verdicts = new Verdicts();
        verdicts.AtMost("start until ready, s", startSeconds, budget.StartSecondsMax);
        verdicts.AtMost("new key usable after, s", usable ? usableSeconds : double.NaN, budget.NewKeyUsableSecondsMax);
        verdicts.AtMost("longest call while a key is created, ms", busy.MaxMs, budget.PauseMillisecondsMax);
        verdicts.AtMost("calls failed", calm.Failed + busy.Failed, 0);
        verdicts.Print();
        var memory = ProcessCost.AnonymousResidentMegabytes(gateway.Sluice.Pid);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"anonymous resident memory {memory:0} MB"));
        var machine = await Machine.Describe();
        Report.Write("keys", machine.At, new
        {
            machine,
            count,
            startSeconds,
            usableSeconds,
            calm,
            busy,
            memory,
            verdicts = verdicts.All,
        });
        return verdicts.Met ? 0 : 1;
    }

    private static Task<PacedResult> Load(GatewayUnderTest gateway, TimeSpan duration, CancellationToken ct) =>
        PacedLoad.Run(
            gateway.Url, gateway.Key, PacedPerSecond, PacedConnections, duration, TimeSpan.FromSeconds(1), ct);

    private static void Print(string what, PacedResult result) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{what,-18} p50 {result.P50Ms:0.000}  p99 {result.P99Ms:0.000}  max {result.MaxMs:0.000} ms  failed {result.Failed}"));

    /// <summary>Writes copies of the one key with new ids and hashes, whatever the other columns are.</summary>
    private static async Task Fill(GatewayUnderTest gateway, int count, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(
            gateway.Database.ConnectionString("sluice") + ";Command Timeout=600");
        await connection.OpenAsync(ct);
        var columns = new List<(string Name, string Type)>();
        await using (var list = new NpgsqlCommand(
            "select column_name, udt_name from information_schema.columns "
            + "where table_schema = 'keys' and table_name = 'keys' and is_generated = 'NEVER' "
            + "and identity_generation is null order by ordinal_position", connection))
        await using (var row = await list.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct)) columns.Add((row.GetString(0), row.GetString(1)));
        }
        var names = string.Join(", ", columns.Select(column => $"\"{column.Name}\""));
        var values = string.Join(", ", columns.Select(Value));
        await using var fill = new NpgsqlCommand(
            $"insert into keys.keys ({names}) select {values} from (select * from keys.keys limit 1) as one, "
            + $"generate_series(1, {count.ToString(CultureInfo.InvariantCulture)}) as number", connection);
        await fill.ExecuteNonQueryAsync(ct);
        await using var settle = new NpgsqlCommand(
            "update keys.feed set number = (select max(change) from keys.keys); "
            + "update keys.counts set keys = (select count(*) from keys.keys)", connection);
        await settle.ExecuteNonQueryAsync(ct);
        await using var analyze = new NpgsqlCommand("analyze keys.keys", connection);
        await analyze.ExecuteNonQueryAsync(ct);

        static string Value((string Name, string Type) column) => column switch
        {
            ("id", "uuid") => "gen_random_uuid()",
            ("change", _) => "(select number from keys.feed) + number",
            (_, "bytea") => "sha256(('filler ' || number)::bytea)",
            _ => $"one.\"{column.Name}\"",
        };
    }

    private static async Task<bool> Answers(Uri url, string secret, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new StringContent(
                """{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        using var answer = await http.SendAsync(request, ct);
        return answer.IsSuccessStatusCode;
    }
}
