using Sluice.Kernel.Journal;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// A reader that stays open between two runs of the pump, and the position that the database had when it was there.
/// Between the two lies no record, only what the reader skipped.
/// </summary>
internal sealed class PumpCursor(string directory, JournalPosition stored) : IDisposable
{
    private readonly JournalReader _reader = new(directory, stored);
    private long _holesTold;
    private bool _disposed;

    public JournalPosition Stored { get; private set; } = stored;

    public JournalPosition Position => _reader.Position;

    /// <summary>Holes found since the last commit.</summary>
    public long Holes => _reader.Holes - _holesTold;

    /// <summary>Reads up to <paramref name="most"/> records; true when the journal holds no more for now.</summary>
    public bool Read(Fold into, int most, bool ownerDead)
    {
        while (into.Records < most)
        {
            if (!_reader.TryRead(ownerDead, out var record)) return true;
            into.Add(record, _reader);
        }
        return false;
    }

    public void Commit()
    {
        Stored = _reader.Position;
        _holesTold = _reader.Holes;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _reader.Dispose();
    }
}
