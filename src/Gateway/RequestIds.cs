using System.Security.Cryptography;

namespace Sluice.Gateway;

/// <summary>
/// Ids of requests: UUIDv7 in shape (RFC 9562) whose random part is a counter scrambled with a number of this process,
/// because asking the system for randomness costs more than the rest of the id. They are unique, not secret.
/// </summary>
internal static class RequestIds
{
    private static readonly ulong Process = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
    private static readonly ulong Scramble = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;
    private static ulong _counter;

    public static Guid Next(long unixMs)
    {
        // Multiplication by an odd number is a permutation: no two counters meet.
        var mixed = (Interlocked.Increment(ref _counter) * Scramble) ^ Process;
        return new Guid(
            (uint)(unixMs >> 16), (ushort)unixMs, (ushort)(0x7000 | (mixed >> 52)),
            (byte)(0x80 | ((mixed >> 46) & 0x3F)), (byte)(mixed >> 40 & 0xFF), (byte)(mixed >> 32), (byte)(mixed >> 24),
            (byte)(mixed >> 16), (byte)(mixed >> 8), (byte)mixed, (byte)(Process >> 8));
    }
}
