using System.IO.Compression;

namespace Sluice.Gateway.Upstreams;

/// <summary>Unpacks gzip and brotli bodies, never beyond a limit.</summary>
internal static class Decoding
{
    /// <summary>Unpacks a body in place. False when it is broken, larger than allowed, or of an unknown coding.</summary>
    public static bool TryDecode(ContentCoding coding, ByteBuffer body, long bytesMax, out bool tooLarge)
    {
        tooLarge = false;
        if (coding == ContentCoding.Identity) return true;
        if (coding == ContentCoding.Unknown) return false;
        var unpacked = new ByteBuffer();
        try
        {
            using var packed = new MemoryStream(body.Memory.ToArray(), writable: false);
            using Stream stream = coding == ContentCoding.Gzip
                ? new GZipStream(packed, CompressionMode.Decompress)
                : new BrotliStream(packed, CompressionMode.Decompress);
            while (true)
            {
                var count = stream.Read(unpacked.Free(16 * 1024).Span);
                if (count == 0) break;
                unpacked.Advance(count);
                tooLarge = unpacked.Length > bytesMax;
                if (tooLarge) return false;
            }
            body.Swap(unpacked);
            return true;
        }
        catch (Exception error) when (error is InvalidDataException or InvalidOperationException)
        {
            return false;
        }
        finally
        {
            unpacked.Reset();
        }
    }
}
