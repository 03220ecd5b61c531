using Sluice.Gateway.Usage;
using Sluice.Kernel.Journal;

namespace Sluice.Integration.Metering;

/// <summary>The gateway's own journal with small segments, and threads that append to it.</summary>
internal static class RealJournal
{
    public static UsageJournal Open(string folder, int slots = 128) => UsageJournal.Open(
        new JournalOptions { Directory = folder, SegmentSlots = slots, FreeDiskBytesMin = 0 }, TimeProvider.System);

    /// <summary>Appends <paramref name="records"/> of two units from each of several threads at once.</summary>
    public static Task Fill(UsageJournal journal, Guid key, int threads, int records, DateTimeOffset from) => Task.WhenAll(
        Enumerable.Range(0, threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < records; i++) Append(journal, key, from.AddMilliseconds(i * 100), $"method-{(thread + i) % 5}");
        })));

    public static void Append(UsageJournal journal, Guid key, DateTimeOffset at, string method = "eth_call")
    {
        var record = MeteringSetup.Record(key, 2, at) with
        {
            Kind = RecordKind.Usage,
            Quotas = QuotaScopes.KeyDay,
            ServiceName = journal.Name("eth"),
            MethodName = journal.Name(method),
        };
        if (!journal.TryAppend(record)) throw new IOException("The journal refused.");
    }
}
