using System.Buffers;

namespace Sluice.Gateway.Upstreams;

/// <summary>A growing byte buffer over pooled arrays, used again and again by one owner at a time.</summary>
internal sealed class ByteBuffer : IBufferWriter<byte>
{
    private const int KeptBytesMax = 256 * 1024;
    private const int FirstBytes = 4096;

    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);
    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public Memory<byte> Free(int least)
    {
        Ensure(least);
        return _bytes.AsMemory(Length);
    }

    public void Advance(int count) => Length += count;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Ensure(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => Free(Math.Max(1, sizeHint));

    public Span<byte> GetSpan(int sizeHint = 0) => Free(Math.Max(1, sizeHint)).Span;

    public void Clear() => Length = 0;

    /// <summary>Takes over the content of another buffer and gives it this one's.</summary>
    public void Swap(ByteBuffer other)
    {
        (_bytes, other._bytes) = (other._bytes, _bytes);
        (Length, other.Length) = (other.Length, Length);
    }

    /// <summary>Empties the buffer; an unusually large array goes back to the pool.</summary>
    public void Reset()
    {
        Length = 0;
        if (_bytes.Length <= KeptBytesMax) return;
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private void Ensure(int least)
    {
        var needed = checked(Length + least);
        if (needed <= _bytes.Length) return;
        var size = Math.Max(Math.Max(needed, FirstBytes), (int)Math.Min(_bytes.Length * 2L, Array.MaxLength));
        var larger = ArrayPool<byte>.Shared.Rent(size);
        Span.CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
