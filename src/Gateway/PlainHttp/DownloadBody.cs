namespace Sluice.Gateway.PlainHttp;

/// <summary>
/// The answer's body on its way down. Every piece goes on as it comes, but for the one that makes the body whole: that
/// waits for the usage record.
/// </summary>
internal sealed class DownloadBody(Stream inner, Transit transit, long? length) : Stream
{
    private long _bytes;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!buffer.IsEmpty)
        {
            _bytes += buffer.Length;
            var last = _bytes >= length;
            if (!await transit.Delivering(buffer, last).ConfigureAwait(false))
                throw new IOException("The usage record found no room, so the answer may not become whole.");
        }
        // Kestrel has copied the bytes when this returns; what may take long is that the client makes room.
        var writing = inner.WriteAsync(buffer, cancellationToken);
        if (!writing.IsCompletedSuccessfully) await transit.Taken(writing).ConfigureAwait(false);
        transit.Moved();
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush() => throw new NotSupportedException();
}
