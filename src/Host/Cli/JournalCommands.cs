using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Host.Settings;
using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Host.Cli;

internal static class JournalCommands
{
    private sealed record Summary(
        string Journal, string Directory, bool OwnerAlive, int Segments, long Bytes, long Records, long Billed, long Units,
        long Holes, string? First, string? Last);

    public static Command Build()
    {
        var folder = new Argument<string?>("FOLDER")
        {
            Description = "A journal, or a folder of journals. Default: those of SLUICE_DATA.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var records = new Option<int>("--records") { Description = "Print the last N records too.", HelpName = "N" };
        var inspect = new Command("inspect", "Read journals as they stand on disk. Changes nothing; works without a database.");
        inspect.Arguments.Add(folder);
        inspect.Options.Add(records);
        inspect.SetAction(parsed =>
        {
            var root = parsed.GetValue(folder) ?? LocalSettings.Read(SluiceConfiguration.FromEnvironment()).JournalsDirectory;
            Inspect(parsed, root, Math.Clamp(parsed.GetValue(records), 0, 100_000));
            return ExitCodes.Done;
        });
        return Verbs.Group("journal", "The durable record of calls.", inspect);
    }

    private static void Inspect(ParseResult parsed, string root, int tail)
    {
        if (!Directory.Exists(root)) throw new HostFault($"{root} does not exist: no gateway ran here yet.");
        string[] folders = IsJournal(root)
            ? [root]
            : [.. Directory.GetDirectories(root).Where(IsJournal).Order(StringComparer.Ordinal)];
        List<JsonNode> summaries = [];
        Queue<JsonNode> last = new();
        foreach (var one in folders)
            summaries.Add(System.Text.Json.JsonSerializer.SerializeToNode(Read(one, tail, last), Platform.Http.Json)!);
        if (Output.IsJson(parsed))
        {
            var answer = new JsonObject { ["data"] = new JsonArray([.. summaries]) };
            if (tail > 0) answer["records"] = new JsonArray([.. last]);
            Output.Json(answer);
            return;
        }
        Output.Table(
            summaries, "There is no journal here.", new("Journal", "journal"), new("Owner alive", "ownerAlive"),
            new("Segments", "segments"), new("Bytes", "bytes"), new("Records", "records"), new("Billed", "billed"),
            new("Units", "units"), new("Holes", "holes"), new("First", "first"), new("Last", "last"));
        if (tail == 0) return;
        Output.Line("");
        Output.Table(
            [.. last], "There is no record.", new("At", "at"), new("Kind", "kind"), new("App", "app"),
            new("Service", "service"), new("Method", "method"), new("Status", "status"), new("Outcome", "outcome"),
            new("Flags", "flags"), new("Units", "quantity"), new("Upstream", "upstream"), new("µs", "latencyMicros"));
    }

    private static bool IsJournal(string folder) =>
        File.Exists(Path.Combine(folder, JournalFormat.LockFile)) || Directory.EnumerateFiles(folder, "*.seg").Any();

    private static Summary Read(string folder, int tail, Queue<JsonNode> last)
    {
        using var owner = File.Exists(Path.Combine(folder, JournalFormat.LockFile)) ? JournalOwner.TryTake(folder) : null;
        var alive = owner is null && File.Exists(Path.Combine(folder, JournalFormat.LockFile));
        var segments = Directory.GetFiles(folder, "*.seg").Order(StringComparer.Ordinal).ToList();
        var first = segments.Count == 0
            ? 1
            : int.Parse(Path.GetFileNameWithoutExtension(segments[0]), CultureInfo.InvariantCulture);
        using var reader = new JournalReader(folder, new JournalPosition(first, 1));
        long records = 0, billed = 0, units = 0, from = 0, to = 0;
        while (reader.TryRead(!alive, out var record))
        {
            records++;
            if (record.Flags.HasFlag(RecordFlags.Billed)) billed++;
            units += record.Quantity;
            if (from == 0) from = record.AtMicros;
            to = record.AtMicros;
            if (tail == 0) continue;
            last.Enqueue(Describe(record, reader));
            if (last.Count > tail) last.Dequeue();
        }
        return new Summary(
            Path.GetFileName(folder), folder, alive, segments.Count, segments.Sum(path => new FileInfo(path).Length),
            records, billed, units, reader.Holes, At(from), At(to));
    }

    private static JsonObject Describe(in JournalRecord record, JournalReader reader) => new()
    {
        ["at"] = At(record.AtMicros),
        ["kind"] = record.Kind.ToString(),
        ["sequence"] = record.Sequence,
        ["organization"] = record.Organization == Guid.Empty ? null : new OrganizationId(record.Organization).ToString(),
        ["app"] = record.App == Guid.Empty ? null : new AppId(record.App).ToString(),
        ["key"] = record.Key == Guid.Empty ? null : new KeyId(record.Key).ToString(),
        ["service"] = reader.Name(record.ServiceName),
        ["method"] = reader.Name(record.MethodName),
        ["upstream"] = reader.Name(record.UpstreamName),
        ["batchIndex"] = record.BatchIndex,
        ["status"] = record.Status,
        ["rpcErrorCode"] = record.RpcErrorCode,
        ["outcome"] = record.Outcome.ToString(),
        ["flags"] = record.Flags.ToString(),
        ["meter"] = record.Meter.ToString(),
        ["quantity"] = record.Quantity,
        ["priceVersion"] = record.PriceVersion,
        ["count"] = record.Count,
        ["quotas"] = record.Quotas.ToString(),
        ["bytesUp"] = record.BytesUp,
        ["bytesDown"] = record.BytesDown,
        ["latencyMicros"] = record.LatencyMicros,
        ["requestId"] = WireId.Encode(record.RequestId),
    };

    private static string? At(long micros) => micros == 0
        ? null
        : DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond).UtcDateTime.ToString(
            "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
