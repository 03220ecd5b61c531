using BenchmarkDotNet.Attributes;
using Sluice.Gateway.Usage;
using Sluice.Kernel.Journal;

namespace Sluice.Bench;

/// <summary>
/// An append by each of two threads at once, while the journal's own thread calls fsync and prepares segments, on the
/// disk that holds the working copy.
/// </summary>
[MemoryDiagnoser]
public class JournalAppend : IDisposable
{
    // Two threads of this many fill more than a segment an iteration, so that rotation is part of what is measured. Of
    // many more, the time would be the disk's: it cannot take a gigabyte a second for long.
    private const int AppendsPerThread = 150_000;
    private const int Threads = 2;

    private readonly Barrier _start = new(Threads + 1);
    private readonly Barrier _end = new(Threads + 1);
    private UsageJournal _journal = null!;
    private string _directory = null!;
    private volatile bool _stopping;

    [GlobalSetup]
    public void Open()
    {
        _directory = Directory.CreateDirectory(
            Path.Combine(AppContext.BaseDirectory, $"journal-{Guid.CreateVersion7():N}")).FullName;
        _journal = UsageJournal.Open(new JournalOptions { Directory = _directory }, TimeProvider.System);
        for (var i = 0; i < Threads; i++) new Thread(Append) { IsBackground = true }.Start();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _stopping = true;
        _start.SignalAndWait();
        _start.Dispose();
        _end.Dispose();
        _journal.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>What is behind reaches the disk, and old segments go as the archive would take them: outside the measurement.</summary>
    [IterationCleanup]
    public void Sweep()
    {
        _journal.Synced().Wait();
        foreach (var segment in Directory.EnumerateFiles(_directory, "*.seg", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).SkipLast(3))
            File.Delete(segment);
    }

    /// <summary>The time of one append as one thread sees it.</summary>
    [Benchmark(OperationsPerInvoke = AppendsPerThread)]
    public void TwoThreadsWithSync()
    {
        _start.SignalAndWait();
        _end.SignalAndWait();
    }

    private void Append()
    {
        var record = new JournalRecord();
        while (true)
        {
            _start.SignalAndWait();
            if (_stopping) return;
            for (var i = 0; i < AppendsPerThread; i++)
            {
                record.AtMicros = i;
                if (!_journal.TryAppend(record)) throw new IOException("The journal refused.");
            }
            _end.SignalAndWait();
        }
    }
}
