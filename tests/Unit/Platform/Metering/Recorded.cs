using Sluice.Gateway.Usage;
using Sluice.Kernel.Journal;

namespace Sluice.Unit.Platform.Metering;

/// <summary>A real journal of small segments in a directory of its own.</summary>
internal sealed class Recorded : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("metering").FullName;

    public Recorded(int segmentSlots = 64) => Journal = UsageJournal.Open(
        new JournalOptions { Directory = _directory, SegmentSlots = segmentSlots, FreeDiskBytesMin = 0 },
        TimeProvider.System);

    public UsageJournal Journal { get; }

    public string Folder => Journal.Directory;

    public void Append(JournalRecord record)
    {
        if (!Journal.TryAppend(record)) throw new IOException("The journal refused.");
    }

    public void Dispose()
    {
        Journal.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
