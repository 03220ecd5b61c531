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
    private static readonly TimeSpan BehindMax = TimeSpan.FromSeconds(5);
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
        var threads = new Task[connections];
        for (var i = 0; i < connections; i++)
        {
            var lane = i;
            threads[i] = Task.Factory.StartNew(
                () => Lane(url, key, schedule, lane, connections, latencies, ct), ct, TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
        }
        await Task.WhenAll(threads);
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

    private static void Lane(
        Uri url, string key, Schedule schedule, int lane, int lanes, long[] latencies, CancellationToken ct)
    {
        // The kernel rounds sleeps of ordinary threads up by 50 µs to save energy.
        _ = SetProcessOption(TimerSlackOption, 1, 0, 0, 0);
        var request = Encoding.ASCII.GetBytes(
            $"POST {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nAuthorization: Bearer {key}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
        var buffer = new byte[64 * 1024];
        Socket? socket = null;
        try
        {
            for (var call = lane; call < latencies.Length && !ct.IsCancellationRequested; call += lanes)
            {
                var due = schedule.Due(call);
                // One that fell this far behind will not catch up; what is left counts as failed.
                if (Stopwatch.GetElapsedTime(due) > BehindMax) return;
                WaitFor(due);
                try
                {
                    socket ??= Connect(url);
                    SendAll(socket, request);
                    if (ReadAnswer(socket, buffer)) latencies[call] = Stopwatch.GetTimestamp() - due;
                }
                catch (SocketException)
                {
                    // Counted as failed; the next call connects again.
                    socket?.Dispose();
                    socket = null;
                }
            }
        }
        finally
        {
            socket?.Dispose();
        }
    }

    private static Socket Connect(Uri url)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = 10_000,
            SendTimeout = 10_000,
        };
        socket.Connect(new IPEndPoint(IPAddress.Loopback, url.Port));
        return socket;
    }

    private static void SendAll(Socket socket, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;) sent += socket.Send(bytes.AsSpan(sent));
    }

    /// <summary>Reads one whole answer; true when its status is 200.</summary>
    private static bool ReadAnswer(Socket socket, byte[] buffer)
    {
        var have = 0;
        while (true)
        {
            var got = socket.Receive(buffer.AsSpan(have));
            if (got == 0) throw new SocketException((int)SocketError.ConnectionReset);
            have += got;
            var answer = buffer.AsSpan(0, have);
            var head = answer.IndexOf("\r\n\r\n"u8);
            if (head < 0) continue;
            if (IsWhole(answer[..head], answer[(head + 4)..])) return answer.StartsWith("HTTP/1.1 200"u8);
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

    private static void WaitFor(long due)
    {
        var left = due - Stopwatch.GetTimestamp();
        if (left <= 0) return;
        var nanos = (long)(left * (1e9 / Stopwatch.Frequency));
        var pause = new TimeSpec(nanos / 1_000_000_000, nanos % 1_000_000_000);
        _ = Sleep(in pause, 0);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int Sleep(in TimeSpec pause, nint remaining);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int SetProcessOption(int option, nuint value, nuint third, nuint fourth, nuint fifth);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec(long seconds, long nanoseconds)
    {
        public readonly long Seconds = seconds;
        public readonly long Nanoseconds = nanoseconds;
    }

    private readonly record struct Schedule(long Start, double TicksPerCall)
    {
        public long Due(int call) => Start + (long)(call * TicksPerCall);
    }
}

/// <summary>Latencies in milliseconds from the moment at which a call was due.</summary>
internal sealed record PacedResult(
    int Answered, int Failed, double P50Ms, double P99Ms, double P999Ms, double MaxMs);
