using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sluice.Chains;

/// <summary>
/// Keccak with 256 bits as Ethereum uses it: the function that was handed in to the SHA-3 contest, whose padding begins
/// with 0x01, and not SHA3-256 of FIPS 202, whose padding begins with 0x06. Nothing is allocated.
/// A value that is appended to: pass it by reference, for a copy goes its own way.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public struct Keccak256
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = 32;

    /// <summary>Bytes that one permutation takes in.</summary>
    public const int BlockSize = 136;

    private const int LaneSize = sizeof(ulong);

    private State _state;
    private int _filled;

    /// <summary>Hashes the whole of a message.</summary>
    public static void Hash(ReadOnlySpan<byte> message, Span<byte> hash)
    {
        Keccak256 keccak = default;
        keccak.Append(message);
        keccak.Finish(hash);
    }

    /// <inheritdoc cref="Hash(ReadOnlySpan{byte}, Span{byte})"/>
    public static byte[] Hash(ReadOnlySpan<byte> message)
    {
        var hash = new byte[Size];
        Hash(message, hash);
        return hash;
    }

    /// <summary>Takes in the next part of the message.</summary>
    public void Append(ReadOnlySpan<byte> part)
    {
        if (_filled != 0)
        {
            var head = part[..Math.Min(part.Length, BlockSize - _filled)];
            foreach (var value in head) Mix(_filled++, value);
            part = part[head.Length..];
            if (_filled < BlockSize) return;
            Permute(ref _state);
            _filled = 0;
        }

        for (; part.Length >= BlockSize; part = part[BlockSize..])
        {
            for (var lane = 0; lane < BlockSize / LaneSize; lane++)
                _state[lane] ^= BinaryPrimitives.ReadUInt64LittleEndian(part[(lane * LaneSize)..]);
            Permute(ref _state);
        }

        foreach (var value in part) Mix(_filled++, value);
    }

    /// <summary>Writes the hash of all that was appended and begins anew.</summary>
    /// <param name="hash">At least <see cref="Size"/> bytes.</param>
    public void Finish(Span<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hash.Length, Size);
        Mix(_filled, 0x01);
        Mix(BlockSize - 1, 0x80);
        Permute(ref _state);
        for (var lane = 0; lane < Size / LaneSize; lane++)
            BinaryPrimitives.WriteUInt64LittleEndian(hash[(lane * LaneSize)..], _state[lane]);
        this = default;
    }

    private void Mix(int place, byte value) => _state[place / LaneSize] ^= (ulong)value << (place % LaneSize * 8);

    private static ReadOnlySpan<ulong> RoundConstants =>
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
        0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
        0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
        0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ];

    private static void Permute(ref State state)
    {
        Unsafe.SkipInit(out State other);
        var constants = RoundConstants;
        for (var round = 0; round < constants.Length; round += 2)
        {
            Round(in state, ref other, constants[round]);
            Round(in other, ref state, constants[round + 1]);
        }
    }

    /// <summary>
    /// The steps θ, ρ, π, χ and ι of the Keccak reference, section 1.2, from one state into another: each row that leaves
    /// is made of five lanes that came, turned by their offsets.
    /// </summary>
    private static void Round(in State a, ref State to, ulong constant)
    {
        var c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
        var c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
        var c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
        var c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
        var c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
        var d0 = c4 ^ ulong.RotateLeft(c1, 1);
        var d1 = c0 ^ ulong.RotateLeft(c2, 1);
        var d2 = c1 ^ ulong.RotateLeft(c3, 1);
        var d3 = c2 ^ ulong.RotateLeft(c4, 1);
        var d4 = c3 ^ ulong.RotateLeft(c0, 1);

        Row(
            ref to, 0, a[0] ^ d0, ulong.RotateLeft(a[6] ^ d1, 44), ulong.RotateLeft(a[12] ^ d2, 43),
            ulong.RotateLeft(a[18] ^ d3, 21), ulong.RotateLeft(a[24] ^ d4, 14));
        to[0] ^= constant;
        Row(
            ref to, 5, ulong.RotateLeft(a[3] ^ d3, 28), ulong.RotateLeft(a[9] ^ d4, 20), ulong.RotateLeft(a[10] ^ d0, 3),
            ulong.RotateLeft(a[16] ^ d1, 45), ulong.RotateLeft(a[22] ^ d2, 61));
        Row(
            ref to, 10, ulong.RotateLeft(a[1] ^ d1, 1), ulong.RotateLeft(a[7] ^ d2, 6), ulong.RotateLeft(a[13] ^ d3, 25),
            ulong.RotateLeft(a[19] ^ d4, 8), ulong.RotateLeft(a[20] ^ d0, 18));
        Row(
            ref to, 15, ulong.RotateLeft(a[4] ^ d4, 27), ulong.RotateLeft(a[5] ^ d0, 36), ulong.RotateLeft(a[11] ^ d1, 10),
            ulong.RotateLeft(a[17] ^ d2, 15), ulong.RotateLeft(a[23] ^ d3, 56));
        Row(
            ref to, 20, ulong.RotateLeft(a[2] ^ d2, 62), ulong.RotateLeft(a[8] ^ d3, 55), ulong.RotateLeft(a[14] ^ d4, 39),
            ulong.RotateLeft(a[15] ^ d0, 41), ulong.RotateLeft(a[21] ^ d1, 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row(ref State to, [ConstantExpected] int at, ulong b0, ulong b1, ulong b2, ulong b3, ulong b4)
    {
        to[at] = b0 ^ (~b1 & b2);
        to[at + 1] = b1 ^ (~b2 & b3);
        to[at + 2] = b2 ^ (~b3 & b4);
        to[at + 3] = b3 ^ (~b4 & b0);
        to[at + 4] = b4 ^ (~b0 & b1);
    }

    [InlineArray(25)]
    private struct State
    {
        private ulong _lane;
    }
}
