using System.Collections.Concurrent;
using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway.Usage;

/// <summary>
/// Appends this process's records. An append copies 256 bytes into a mapped file that outlives the process, allocates
/// nothing and waits for nobody; a thread of its own calls fsync for all of them together and prepares the next
/// segment before it is needed.
/// </summary>
public sealed class UsageJournal : IDisposable
{
    /// <summary>Names a journal can hold. Beyond that a name is recorded as <c>(other)</c>.</summary>
    public const int NamesMax = 16_384;

    private readonly JournalOptions _options;
    private readonly TimeProvider _time;
    private readonly FileStream _owner;
    private readonly ConcurrentDictionary<string, uint> _names = new(StringComparer.Ordinal);
    private readonly List<string> _namesInOrder = [];
    private readonly List<Segment> _retired = [];
    private readonly Lock _gate = new();
    // Without a maximum: two wakes can meet, and an append must not fail for it.
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Thread _syncer;
    private readonly uint _otherName;
    private Segment _active;
    private Segment? _prepared;
    private List<TaskCompletionSource> _durable = [];
    private long _syncs;
    private int _syncerSleeps;
    private volatile bool _stopping;
    private volatile bool _sealed;
    private volatile bool _roomForNext = true;
    private long _nextPreparation;
    private bool _disposed;

    private UsageJournal(JournalOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        Id = WireId.New<JournalId>();
        Directory = Path.Combine(options.Directory, Id.ToString());
        System.IO.Directory.CreateDirectory(Directory);
        _owner = JournalOwner.TryTake(Directory)
            ?? throw new IOException($"The journal {Directory} has another owner.");
        _active = Segment.Create(Directory, Id, 1, options.SegmentSlots, 0, NowMicros);
        _otherName = Name("(other)");
        _syncer = new Thread(SyncLoop) { IsBackground = true, Name = "journal" };
    }

    public JournalId Id { get; }
    public string Directory { get; }

    /// <summary>How often fsync was called and returned.</summary>
    public long Syncs => Volatile.Read(ref _syncs);

    /// <summary>
    /// Whether a new billable call may begin: false once the disk refused the next segment and the last slots are
    /// kept for the calls in flight.
    /// </summary>
    public bool Accepting
    {
        get
        {
            var active = Volatile.Read(ref _active);
            return !_sealed && (_prepared is not null || active.Free > active.Slots / 4 || PreparedNow());
        }
    }

    /// <summary>Starts a new journal of this process.</summary>
    public static UsageJournal Open(JournalOptions options, TimeProvider time)
    {
        var journal = new UsageJournal(options, time);
        journal._syncer.Start();
        return journal;
    }

    /// <summary>
    /// Appends a record. False when no slot is left, which happens only on a full disk: then the call must be
    /// answered as one that could not be metered.
    /// </summary>
    public bool TryAppend(in JournalRecord record)
    {
        while (true)
        {
            var active = Volatile.Read(ref _active);
            if (active.TryAppend(record) >= 0)
            {
                // The increments of the append are full fences, so a sleeping syncer is seen here.
                if (_syncerSleeps != 0) Wake();
                return true;
            }
            if (!Rotate(active)) return false;
        }
    }

    /// <summary>Completes once everything appended before the call is on disk.</summary>
    public Task Synced()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_durable) _durable.Add(done);
        Wake();
        return done.Task;
    }

    /// <summary>The number of a name, told to the journal first where it is new. Not for the hot path.</summary>
    public uint Name(string name)
    {
        if (name.Length == 0) return 0;
        if (_names.TryGetValue(name, out var known)) return known;
        lock (_gate)
        {
            if (_names.TryGetValue(name, out known)) return known;
            // Every segment begins with all names, and most of it is for records.
            if (_namesInOrder.Count >= Math.Min(NamesMax, _options.SegmentSlots / 2)) return _otherName;
            var number = (uint)_namesInOrder.Count + 1;
            var entry = DictionaryEntry.Write(number, name);
            // Told in the segment that is written now and in the one that follows, before anybody can use it.
            while (_active.TryAppend(entry) < 0)
                if (!RotateLocked(_active)) return _otherName;
            _prepared?.TryAppend(entry);
            _namesInOrder.Add(name);
            _names[name] = number;
            return number;
        }
    }

    private long NowMicros => _time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;

    private bool Rotate(Segment full)
    {
        lock (_gate) return RotateLocked(full);
    }

    private bool RotateLocked(Segment full)
    {
        if (_sealed) return false;
        if (_active != full) return true;
        // A preparation that has not happened yet is not a refusal: it is made up for here.
        if (_prepared is null && (!_roomForNext || !Prepare())) return false;
        // Together, so that the syncer finds a segment in one place only: it unmaps those that are retired.
        lock (_retired)
        {
            _retired.Add(full);
            Volatile.Write(ref _active, _prepared!);
        }
        _prepared = null;
        Wake();
        return true;
    }

    // Holds _gate, so that no name can slip between the two segments.
    private bool Prepare()
    {
        if (_sealed) return false;
        try
        {
            var free = new DriveInfo(Directory).AvailableFreeSpace;
            var needed = ((long)_options.SegmentSlots * JournalFormat.SlotBytes) + _options.FreeDiskBytesMin;
            if (free < needed) throw new IOException("The disk is nearly full.");
            var next = Segment.Create(
                Directory, Id, _active.Number + 1, _options.SegmentSlots,
                _active.FirstSequence + _active.Slots - 1, NowMicros);
            for (var i = 0; i < _namesInOrder.Count; i++)
                next.TryAppend(DictionaryEntry.Write((uint)i + 1, _namesInOrder[i]));
            _prepared = next;
            _roomForNext = true;
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not an error to raise: Accepting turns false and the preparation is tried again every second.
            _roomForNext = false;
            return false;
        }
    }

    // The thread that prepares is late, or the disk has no room: that must be known before the last slots are promised.
    private bool PreparedNow()
    {
        if (!_roomForNext) return false;
        lock (_gate)
        {
            if (_prepared is not null || Prepare()) return true;
            _nextPreparation = _time.GetTimestamp() + _time.TimestampFrequency;
            return false;
        }
    }

    private void Wake()
    {
        if (Interlocked.Exchange(ref _syncerSleeps, 0) != 0) _wake.Release();
    }

    private void SyncLoop()
    {
        var interval = TimeSpan.FromMilliseconds(_options.SyncIntervalMs);
        var syncedTotal = -1L;
        while (!_stopping)
        {
            KeepPrepared();
            var total = Total();
            if (total == syncedTotal && !DurableWaits())
            {
                Interlocked.Exchange(ref _syncerSleeps, 1);
                if (total == Total() && !DurableWaits() && !_stopping) _wake.Wait(TimeSpan.FromSeconds(1));
                Interlocked.Exchange(ref _syncerSleeps, 0);
                while (_wake.CurrentCount > 0) _wake.Wait(0);
                continue;
            }
            syncedTotal = total;
            SyncNow();
            // The pace of the group commit: what is appended meanwhile becomes durable together.
            Thread.Sleep(interval);
        }
        SyncNow();
    }

    private long Total()
    {
        var active = Volatile.Read(ref _active);
        return active.FirstSequence + active.Written;
    }

    private bool DurableWaits()
    {
        lock (_durable) return _durable.Count > 0;
    }

    private void SyncNow()
    {
        List<TaskCompletionSource> waiting;
        lock (_durable)
        {
            waiting = _durable;
            if (waiting.Count > 0) _durable = [];
        }
        Segment active;
        Segment[] retired;
        lock (_retired) (active, retired) = (_active, [.. _retired]);
        foreach (var segment in retired)
        {
            var finished = segment.Finished;
            segment.Sync();
            if (!finished) continue;
            lock (_retired) _retired.Remove(segment);
            segment.Dispose();
        }
        active.Sync();
        Interlocked.Increment(ref _syncs);
        if (waiting.Count == 0) return;
        foreach (var done in waiting) done.SetResult();
        waiting.Clear();
    }

    private void KeepPrepared()
    {
        if (_prepared is not null) return;
        var now = _time.GetTimestamp();
        if (!_roomForNext && now < _nextPreparation) return;
        lock (_gate)
            if (_prepared is null && !Prepare())
                _nextPreparation = now + _time.TimestampFrequency;
    }

    /// <summary>
    /// Ends appending: what is under way is whole when this returns, and every later append is refused. Only then may
    /// the journal be read as one whose owner is dead.
    /// </summary>
    public void Seal()
    {
        lock (_gate)
        {
            _sealed = true;
            _active.Seal();
            _prepared?.Seal();
            lock (_retired)
                foreach (var segment in _retired) segment.Seal();
        }
    }

    /// <summary>Writes all to disk and gives the journal up. An append that comes later is refused.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Seal();
        _stopping = true;
        Wake();
        _syncer.Join();
        lock (_retired)
        {
            foreach (var segment in _retired) segment.Dispose();
            _retired.Clear();
        }
        _active.Dispose();
        _prepared?.Dispose();
        _wake.Dispose();
        _owner.Dispose();
    }
}
