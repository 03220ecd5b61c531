using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sluice.Load;

/// <summary>
/// Which of many connections have something to read, told to one thread (epoll(7), with a wait in nanoseconds from
/// Linux 5.11 on).
/// </summary>
internal sealed unsafe partial class ReadyConnections : IDisposable
{
    private const int Add = 1;
    private const uint Readable = 1;
    private const int EventsMax = 64;

    // The kernel packs struct epoll_event on x86-64 alone.
    private static readonly bool IsPacked = RuntimeInformation.ProcessArchitecture is Architecture.X64;
    private static readonly int EventSize = IsPacked ? 12 : 16;
    private static readonly int DataOffset = IsPacked ? 4 : 8;

    private readonly int _descriptor = Create(0);
    private readonly byte[] _events = new byte[EventsMax * EventSize];
    private int _count;

    /// <summary>Watches a connection until it is closed.</summary>
    /// <param name="number">What <see cref="this[int]"/> says when there is something to read.</param>
    public void Watch(nint connection, int number)
    {
        Span<byte> wanted = stackalloc byte[16];
        MemoryMarshal.Write(wanted, Readable);
        MemoryMarshal.Write(wanted[DataOffset..], number);
        fixed (byte* first = wanted)
        {
            if (Control(_descriptor, Add, (int)connection, first) < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Waits until something can be read, at the longest until a timestamp; answers how many.</summary>
    public int Wait(long until)
    {
        var nanos = (long)(Math.Max(0, until - Stopwatch.GetTimestamp()) * (1e9 / Stopwatch.Frequency));
        var pause = new TimeSpec(nanos / 1_000_000_000, nanos % 1_000_000_000);
        fixed (byte* first = _events) _count = Wait(_descriptor, first, EventsMax, in pause, 0);
        return Math.Max(0, _count);
    }

    /// <summary>The number of one that can be read, below what <see cref="Wait(long)"/> answered.</summary>
    public int this[int index] => MemoryMarshal.Read<int>(_events.AsSpan((index * EventSize) + DataOffset));

    public void Dispose() => _ = Close(_descriptor);

    [LibraryImport("libc", EntryPoint = "epoll_create1")]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int descriptor, int operation, int connection, byte* wanted);

    [LibraryImport("libc", EntryPoint = "epoll_pwait2")]
    private static partial int Wait(int descriptor, byte* events, int max, in TimeSpec pause, nint mask);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec(long seconds, long nanoseconds)
    {
        public readonly long Seconds = seconds;
        public readonly long Nanoseconds = nanoseconds;
    }
}
