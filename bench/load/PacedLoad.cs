using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Sluice.Load;

/// <summary>
/// Calls at a constant rate, whatever the answers do. A call's time runs from the moment at which it was due, so that
/// a stall counts for every call that it held up and not only for the one that met it.
/// </summary>
internal static partial class PacedLoad
{
    private const int TimerSlackOption = 29;
    private const short Readable = 1;
    private static readonly TimeSpan BehindMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(10);
    private static ReadOnlySpan<byte> LengthHeader => "content-length:"u8;
    private const string Body = """{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}""";

    /// <param name="warmUp">The first part of the run, which is not counted.</param>
    public static async Task<PacedResult> Run(
        Uri url, string key, int perSecond, int connections, TimeSpan duration, TimeSpan warmUp, CancellationToken ct)
    {
        var calls = (int)(perSecond * duration.TotalSeconds);
        var skipped = (int)(perSecond * warmUp.TotalSeconds);
        var latencies = new long[calls];
        Array.Fill(latencies, -1);
        var schedule = new Schedule(
            Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 10), (double)Stopwatch.Frequency / perSecond);
        // One thread for all connections: with one each, their own wait for a processor would be most of what is measured.
        await Task.Factory.StartNew(
            () => Drive(url, key, schedule, connections, latencies, ct), ct, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        return Summarize(latencies[skipped..]);
    }

    private static PacedResult Summarize(long[] latencies)
    {
        var failed = latencies.Count(ticks => ticks < 0);
        var sorted = latencies.Where(ticks => ticks >= 0).Order().ToArray();
        return new PacedResult(sorted.Length, failed, At(0.5), At(0.99), At(0.999), At(1));

        double At(double quantile) => sorted.Length == 0
            ? double.NaN
            : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * quantile))] * 1000.0 / Stopwatch.Frequency;
    }

    private static void Drive(
        Uri url, string key, Schedule schedule, int connections, long[] latencies, CancellationToken ct)
    {
        // The kernel rounds sleeps of ordinary threads up by 50 µs to save energy.
        _ = SetProcessOption(TimerSlackOption, 1, 0, 0, 0);
        var request = Encoding.ASCII.GetBytes(
            $"POST {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nAuthorization: Bearer {key}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
        var lanes = new Lane[connections];
        for (var i = 0; i < lanes.Length; i++) lanes[i] = new Lane(i, connections, latencies);
        var waiting = new PollEntry[connections];
        try
        {
            while (!ct.IsCancellationRequested)
            {
                var now = Stopwatch.GetTimestamp();
                var next = long.MaxValue;
                var running = false;
                for (var i = 0; i < lanes.Length; i++)
                {
                    var lane = lanes[i];
                    if (!lane.Busy && !lane.Finished)
                    {
                        var due = schedule.Due(lane.Call);
                        if (due > now) next = Math.Min(next, due);
                        // One that fell this far behind will not catch up; what is left counts as failed.
                        else if (Stopwatch.GetElapsedTime(due, now) > BehindMax) lane.Finish();
                        else lane.Send(url, request, due);
                    }
                    lane.GiveUpAfter(AnswerMax, now);
                    running |= !lane.Finished;
                    waiting[i] = new PollEntry(lane.Busy ? lane.Handle : -1, Readable, 0);
                }
                if (!running) return;
                WaitFor(waiting, next);
                for (var i = 0; i < lanes.Length; i++)
                    if (waiting[i].Returned != 0) lanes[i].Receive();
            }
        }
        finally
        {
            foreach (var lane in lanes) lane.Dispose();
        }
    }

    // Without an allocation: a collection here would be measured as a stall of the gateway.
    private static bool IsWhole(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        var rest = head;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf("\r\n"u8);
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 2)..];
            if (line.Length <= LengthHeader.Length) continue;
            if (!Ascii.EqualsIgnoreCase(line[..LengthHeader.Length], LengthHeader)) continue;
            return Utf8Parser.TryParse(line[LengthHeader.Length..].Trim((byte)' '), out int length, out _)
                && body.Length >= length;
        }
        return body.EndsWith("0\r\n\r\n"u8);
    }

    /// <summary>Until one of the sockets has something, or until <paramref name="due"/>, at most a second.</summary>
    private static void WaitFor(PollEntry[] sockets, long due)
    {
        var left = Math.Clamp(due - Stopwatch.GetTimestamp(), 0, Stopwatch.Frequency);
        var nanos = (long)(left * (1e9 / Stopwatch.Frequency));
        var pause = new TimeSpec(nanos / 1_000_000_000, nanos % 1_000_000_000);
        if (Poll(sockets, (nuint)sockets.Length, in pause, 0) >= 0) return;
        // Interrupted: what it returned says nothing.
        for (var i = 0; i < sockets.Length; i++) sockets[i] = sockets[i] with { Returned = 0 };
    }

    [LibraryImport("libc", EntryPoint = "ppoll")]
    private static partial int Poll([In, Out] PollEntry[] sockets, nuint count, in TimeSpec timeout, nint signals);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int SetProcessOption(int option, nuint value, nuint third, nuint fourth, nuint fifth);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec(long seconds, long nanoseconds)
    {
        public readonly long Seconds = seconds;
        public readonly long Nanoseconds = nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct PollEntry(int Socket, short Wanted, short Returned);

    /// <summary>One connection and its share of the calls: every so-many-th, one after the other.</summary>
    private sealed class Lane(int first, int step, long[] latencies) : IDisposable
    {
        private readonly byte[] _buffer = new byte[64 * 1024];
        private Socket? _socket;
        private long _due;
        private int _have;

        public int Call { get; private set; } = first;

        public bool Busy { get; private set; }

        public bool Finished => !Busy && Call >= latencies.Length;

        public int Handle => (int)_socket!.Handle;

        public void Finish() => Call = latencies.Length;

        public void Send(Uri url, byte[] request, long due)
        {
            _due = due;
            _have = 0;
            try
            {
                _socket ??= Connect(url);
                for (var sent = 0; sent < request.Length;) sent += _socket.Send(request.AsSpan(sent));
                Busy = true;
            }
            catch (SocketException)
            {
                Next(broken: true);
            }
        }

        /// <summary>Takes what has come; a whole answer with status 200 is counted, anything else is a failed call.</summary>
        public void Receive()
        {
            try
            {
                var got = _socket!.Receive(_buffer.AsSpan(_have));
                if (got == 0) throw new SocketException((int)SocketError.ConnectionReset);
                _have += got;
            }
            catch (SocketException)
            {
                Next(broken: true);
                return;
            }
            var answer = _buffer.AsSpan(0, _have);
            var head = answer.IndexOf("\r\n\r\n"u8);
            if (head < 0 || !IsWhole(answer[..head], answer[(head + 4)..])) return;
            if (answer.StartsWith("HTTP/1.1 200"u8)) latencies[Call] = Stopwatch.GetTimestamp() - _due;
            Next(broken: false);
        }

        public void GiveUpAfter(TimeSpan longest, long now)
        {
            if (Busy && Stopwatch.GetElapsedTime(_due, now) > longest) Next(broken: true);
        }

        public void Dispose() => _socket?.Dispose();

        // The next call connects again.
        private void Next(bool broken)
        {
            Busy = false;
            Call += step;
            if (!broken) return;
            _socket?.Dispose();
            _socket = null;
        }

        private static Socket Connect(Uri url)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            {
                NoDelay = true,
                SendTimeout = 10_000,
            };
            socket.Connect(new IPEndPoint(IPAddress.Loopback, url.Port));
            return socket;
        }
    }

    private readonly record struct Schedule(long Start, double TicksPerCall)
    {
        public long Due(int call) => Start + (long)(call * TicksPerCall);
    }
}

/// <summary>Latencies in milliseconds from the moment at which a call was due.</summary>
internal sealed record PacedResult(
    int Answered, int Failed, double P50Ms, double P99Ms, double P999Ms, double MaxMs);
