using Microsoft.AspNetCore.Http;

namespace Sluice.Gateway.PlainHttp;

/// <summary>The client's body on its way up: counted, bounded, and the sign that something still moves.</summary>
internal sealed class UploadBody(Stream inner, long bytesMax, bool digests, Action moved) : Stream
{
    private volatile bool _waiting;

    public Tally Passed { get; } = new(digests);

    /// <summary>Whether anything was asked of it: then the call cannot be sent again.</summary>
    public bool Begun { get; private set; }

    public bool TooLarge { get; private set; }

    /// <summary>Whether the client broke off or sent nonsense.</summary>
    public bool Broken { get; private set; }

    /// <summary>Whether the client was slower than the server lets it be.</summary>
    public bool TooSlow { get; private set; }

    /// <summary>Whether the upstream waits for the client to send on.</summary>
    public bool Waiting => _waiting;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Begun = true;
        int count;
        try
        {
            _waiting = true;
            count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            _waiting = false;
        }
        catch (BadHttpRequestException error)
        {
            TooLarge = error.StatusCode == StatusCodes.Status413PayloadTooLarge;
            TooSlow = error.StatusCode == StatusCodes.Status408RequestTimeout;
            Broken = !TooLarge;
            throw;
        }
        catch (IOException)
        {
            Broken = true;
            throw;
        }
        moved();
        if (Passed.Add(buffer.Span[..count]) <= bytesMax) return count;
        TooLarge = true;
        throw new IOException("The body is larger than the service takes.");
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush()
    {
        // Nothing is kept back here.
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Passed.Dispose();
        base.Dispose(disposing);
    }
}
