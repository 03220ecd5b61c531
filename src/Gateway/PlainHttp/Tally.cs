using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Sluice.Gateway.Steps;

namespace Sluice.Gateway.PlainHttp;

/// <summary>
/// What has passed of a body: how many bytes, and their digest where digests are taken. One pump adds, and any thread
/// may ask meanwhile.
/// </summary>
internal sealed class Tally(bool digests) : IDisposable
{
    private readonly Lock _gate = new();
    private IncrementalHash? _hash;
    private long _bytes;
    private bool _disposed;

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Adds a piece; returns the bytes so far.</summary>
    public long Add(ReadOnlySpan<byte> piece)
    {
        if (!digests) return Interlocked.Add(ref _bytes, piece.Length);
        lock (_gate)
        {
            if (!_disposed && !piece.IsEmpty)
            {
                _hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                _hash.AppendData(piece);
            }
            return _bytes += piece.Length;
        }
    }

    /// <summary>The bytes so far and their digest as a record has it; 0 where none is taken.</summary>
    public (long Bytes, UInt128 Digest) Sum()
    {
        if (!digests) return (Bytes, 0);
        lock (_gate)
        {
            if (_hash is null || _disposed) return (_bytes, Meter.Digest([]));
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            _hash.GetCurrentHash(hash);
            return (_bytes, MemoryMarshal.Read<UInt128>(hash));
        }
    }

    /// <summary>Ends one body, so that the next begins: its digest.</summary>
    public UInt128 Next()
    {
        if (!digests)
        {
            Interlocked.Exchange(ref _bytes, 0);
            return 0;
        }
        lock (_gate)
        {
            _bytes = 0;
            if (_hash is null || _disposed) return Meter.Digest([]);
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            _hash.GetHashAndReset(hash);
            return MemoryMarshal.Read<UInt128>(hash);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _hash?.Dispose();
        }
    }
}
