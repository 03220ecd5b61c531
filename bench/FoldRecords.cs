using BenchmarkDotNet.Attributes;
using Sluice.Gateway.Usage;
using Sluice.Kernel.Journal;
using Sluice.Platform.Metering.Inside;

namespace Sluice.Bench;

/// <summary>
/// What the pump spends on a record before the database sees it: the read from the segment, its checksum, and the sum.
/// Records of many keys and methods over a few seconds, as a busy gateway writes them.
/// </summary>
[MemoryDiagnoser]
public class FoldRecords : IDisposable
{
    private const int Records = 200_000;
    private const int Keys = 2_000;
    private const int Methods = 40;

    private UsageJournal _journal = null!;
    private string _directory = null!;

    [GlobalSetup]
    public void Fill()
    {
        _directory = Directory.CreateTempSubdirectory("fold").FullName;
        _journal = UsageJournal.Open(new JournalOptions { Directory = _directory }, TimeProvider.System);
        var service = _journal.Name("ethereum");
        var methods = Enumerable.Range(0, Methods).Select(i => _journal.Name($"method-{i}")).ToArray();
        var keys = Enumerable.Range(0, Keys).Select(_ => Guid.CreateVersion7()).ToArray();
        var random = new Random(1);
        for (var i = 0; i < Records; i++)
        {
            var key = keys[random.Next(Keys)];
            var record = new JournalRecord
            {
                Kind = RecordKind.Usage,
                Flags = RecordFlags.Billed,
                AtMicros = 1_774_958_395_000_000 + (i * 50L),
                Organization = key,
                App = key,
                Key = key,
                ServiceName = service,
                MethodName = methods[random.Next(Methods)],
                Quotas = QuotaScopes.KeyDay | QuotaScopes.PlanMonth,
                Status = 200,
                Quantity = 26,
                Count = 1,
            };
            if (!_journal.TryAppend(record)) throw new IOException("The journal refused.");
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _journal.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public int ReadAndSum()
    {
        using var cursor = new PumpCursor(_journal.Directory, JournalPosition.Start);
        var fold = new Fold();
        for (var folded = 0; folded < Records; folded += fold.Records)
        {
            fold.Clear();
            cursor.Read(fold, 50_000, ownerDead: false);
        }
        return fold.RowCount;
    }
}
