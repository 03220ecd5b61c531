using System.Buffers;
using System.Buffers.Text;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Sluice.Gateway.Upstreams;

/// <summary>
/// One plain-text HTTP/1.1 connection to an upstream: one request at a time, whole request in, whole answer out.
/// Allocates nothing per call. Time is kept from outside: whoever watches the deadline calls <see cref="Abort"/>.
/// </summary>
internal sealed class Http1Connection(Socket socket) : IDisposable
{
    private const int ReceiveBytes = 16 * 1024;
    private const int HeadBytesMax = 32 * 1024;

    private readonly ByteBuffer _send = new();
    private byte[] _received = ArrayPool<byte>.Shared.Rent(ReceiveBytes);
    private int _start;
    private int _end;
    private int _disposed;
    private volatile bool _aborted;

    /// <summary><see cref="Deadline"/> of a call that was ended because its time was up.</summary>
    public const long Ended = -1;

    /// <summary>When the call under way must be over, on the pool's clock; 0 when none is.</summary>
    public long Deadline;

    /// <summary>When the connection was last given back, on the pool's clock.</summary>
    public long IdleSince;

    public bool Reused { get; private set; }

    /// <summary>Whether another request may be sent: the last answer ended where it said, and nothing came after.</summary>
    public bool Usable { get; private set; } = true;

    /// <summary>Whether an idle connection was closed, or spoken on out of turn, by the other side.</summary>
    public bool IsStale() => socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Ends the call under way: its receive fails, and it reports a timeout.</summary>
    public void Abort()
    {
        _aborted = true;
        socket.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask Exchange(
        ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, UpstreamAnswer answer, long bodyBytesMax)
    {
        answer.ConnectionReused = Reused;
        Usable = false;
        try
        {
            Compose(head.Span, body.Span);
            await SendAll(_send.Memory).ConfigureAwait(false);
            // Waited for here, and not where it is read: most answers come whole, and then nothing below has to wait.
            (_start, _end) = (0, 0);
            Took(await socket.ReceiveAsync(_received.AsMemory(), SocketFlags.None).ConfigureAwait(false));
            await ReceiveAnswer(answer, bodyBytesMax).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            answer.Fault = _aborted ? TransportFault.Timeout
                : answer.Status == 0 && _end == _start ? TransportFault.Closed
                : TransportFault.Truncated;
        }
        _send.Reset();
        Reused = true;
        if (answer.Fault != TransportFault.None) Usable = false;
    }

    // One buffer and so one system call for head and body. The head ends with "Content-Length: ".
    private void Compose(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        _send.Clear();
        _send.Append(head);
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(body.Length, digits, out var written);
        _send.Append(digits[..written]);
        _send.Append("\r\n\r\n"u8);
        _send.Append(body);
    }

    private async ValueTask SendAll(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var sent = await socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false);
            bytes = bytes[sent..];
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReceiveAnswer(UpstreamAnswer answer, long bodyBytesMax)
    {
        Http1Head head;
        do
        {
            var headBytes = await ReceiveHead(answer).ConfigureAwait(false);
            if (headBytes < 0) return;
            if (!Http1Head.TryParse(_received.AsSpan(_start, headBytes), out head))
            {
                answer.Fault = TransportFault.Malformed;
                return;
            }
            _start += headBytes + 4;
        }
        while (head.Status is >= 100 and < 200 and not 101);

        answer.Status = head.Status;
        answer.Coding = head.Coding;
        var bodyless = head.Status is 204 or 304 or 101;
        if (head.ContentLength > bodyBytesMax && !head.Chunked) answer.Fault = TransportFault.TooLarge;
        else if (bodyless) { }
        else if (head.Chunked) await ReceiveChunks(answer, bodyBytesMax).ConfigureAwait(false);
        else if (head.ContentLength >= 0) await ReceiveCounted(answer, head.ContentLength).ConfigureAwait(false);
        else await ReceiveRest(answer, bodyBytesMax).ConfigureAwait(false);
        Usable = answer.Fault == TransportFault.None && head.KeepAlive && _start == _end
            && (head.Chunked || head.ContentLength >= 0 || bodyless) && head.Status != 101;
    }

    /// <summary>Length of the head without its blank line; -1 after a fault.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveHead(UpstreamAnswer answer)
    {
        var searched = 0;
        while (true)
        {
            var at = Unread[searched..].IndexOf("\r\n\r\n"u8);
            if (at >= 0) return searched + at;
            var have = Unread.Length;
            searched = Math.Max(0, have - 3);
            if (have >= HeadBytesMax || (have >= 5 && !Unread.StartsWith("HTTP/"u8)))
            {
                answer.Fault = TransportFault.Malformed;
                return -1;
            }
            if (await Receive().ConfigureAwait(false) > 0) continue;
            answer.Fault = have == 0 ? TransportFault.Closed : TransportFault.Truncated;
            return -1;
        }
    }

    /// <summary>Receives more behind what is unread; 0 at the end of the stream.</summary>
    private ValueTask<int> Receive()
    {
        if (_start == _end) _start = _end = 0;
        if (_end == _received.Length)
        {
            if (_start > 0)
            {
                _received.AsSpan(_start, _end - _start).CopyTo(_received);
                (_start, _end) = (0, _end - _start);
            }
            else
            {
                var larger = ArrayPool<byte>.Shared.Rent(_received.Length * 2);
                _received.AsSpan(0, _end).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_received);
                _received = larger;
            }
        }
        var pending = socket.ReceiveAsync(_received.AsMemory(_end), SocketFlags.None);
        return pending.IsCompletedSuccessfully ? new ValueTask<int>(Took(pending.Result)) : Await(pending);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        async ValueTask<int> Await(ValueTask<int> receive) => Took(await receive.ConfigureAwait(false));
    }

    private ReadOnlySpan<byte> Unread => _received.AsSpan(_start, _end - _start);

    private int Took(int count)
    {
        _end += count;
        return count;
    }

    private async ValueTask ReceiveCounted(UpstreamAnswer answer, long length)
    {
        TakeInto(answer, (int)Math.Min(length, _end - _start));
        while (answer.Body.Length < length)
        {
            var missing = (int)(length - answer.Body.Length);
            var space = answer.Body.Free(Math.Min(missing, 64 * 1024));
            if (space.Length > missing) space = space[..missing];
            var count = await socket.ReceiveAsync(space, SocketFlags.None).ConfigureAwait(false);
            if (count == 0)
            {
                answer.Fault = TransportFault.Truncated;
                return;
            }
            answer.Body.Advance(count);
        }
    }

    private async ValueTask ReceiveRest(UpstreamAnswer answer, long bodyBytesMax)
    {
        do
        {
            TakeInto(answer, _end - _start);
            if (answer.Body.Length <= bodyBytesMax) continue;
            answer.Fault = TransportFault.TooLarge;
            return;
        }
        while (await Receive().ConfigureAwait(false) > 0);
    }

    private async ValueTask ReceiveChunks(UpstreamAnswer answer, long bodyBytesMax)
    {
        while (true)
        {
            var size = await ReceiveChunkSize(answer).ConfigureAwait(false);
            if (size < 0) return;
            if (size == 0) break;
            if (answer.Body.Length + size > bodyBytesMax)
            {
                answer.Fault = TransportFault.TooLarge;
                return;
            }
            while (size > 0)
            {
                var now = (int)Math.Min(size, _end - _start);
                TakeInto(answer, now);
                size -= now;
                if (size > 0 && await Receive().ConfigureAwait(false) == 0)
                {
                    answer.Fault = TransportFault.Truncated;
                    return;
                }
            }
            if (await ReceiveLine(answer).ConfigureAwait(false) is not 0)
            {
                if (answer.Fault == TransportFault.None) answer.Fault = TransportFault.Malformed;
                return;
            }
            _start += 2;
        }
        // Trailers are read and dropped up to the blank line.
        for (var trailerBytes = 0; ;)
        {
            var length = await ReceiveLine(answer).ConfigureAwait(false);
            if (length < 0) return;
            _start += length + 2;
            if (length == 0) return;
            trailerBytes += length;
            if (trailerBytes <= HeadBytesMax) continue;
            answer.Fault = TransportFault.Malformed;
            return;
        }
    }

    private async ValueTask<long> ReceiveChunkSize(UpstreamAnswer answer)
    {
        var length = await ReceiveLine(answer).ConfigureAwait(false);
        if (length < 0) return -1;
        var line = _received.AsSpan(_start, length);
        var extension = line.IndexOf((byte)';');
        if (extension >= 0) line = line[..extension];
        line = line.TrimEnd(" \t"u8);
        if (line.Length is 0 or > 15 || !Utf8Parser.TryParse(line, out long size, out var used, 'x') || used != line.Length)
        {
            answer.Fault = TransportFault.Malformed;
            return -1;
        }
        _start += length + 2;
        return size;
    }

    /// <summary>Length of the next line without its end, which stays unread; -1 after a fault.</summary>
    private async ValueTask<int> ReceiveLine(UpstreamAnswer answer)
    {
        while (true)
        {
            var at = Unread.IndexOf("\r\n"u8);
            if (at >= 0) return at;
            if (Unread.Length > 4096)
            {
                answer.Fault = TransportFault.Malformed;
                return -1;
            }
            if (await Receive().ConfigureAwait(false) > 0) continue;
            answer.Fault = TransportFault.Truncated;
            return -1;
        }
    }

    private void TakeInto(UpstreamAnswer answer, int count)
    {
        answer.Body.Append(_received.AsSpan(_start, count));
        _start += count;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        socket.Dispose();
        ArrayPool<byte>.Shared.Return(_received);
        _send.Reset();
    }
}
