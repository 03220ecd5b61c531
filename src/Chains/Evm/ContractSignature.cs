using System.Buffers.Binary;

namespace Sluice.Chains.Evm;

/// <summary>
/// Signatures that a contract judges itself (EIP-1271): the call <c>isValidSignature(bytes32,bytes)</c> and its answer; and
/// the wrapping of signatures of contracts that are not deployed yet (EIP-6492).
/// </summary>
public static class ContractSignature
{
    /// <summary>Bytes of such a signature, at most: it may hold those of many owners.</summary>
    public const int SizeMax = 16 * 1024;

    private const int WordSize = 32;

    private static ReadOnlySpan<byte> Selector => [0x16, 0x26, 0xba, 0x7e];

    // The last word of a wrapped signature.
    private static ReadOnlySpan<byte> Wrapped =>
    [
        0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92,
        0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92,
    ];

    /// <summary>The data of the call that asks the contract.</summary>
    /// <param name="hash">32 bytes.</param>
    /// <param name="signature">At most <see cref="SizeMax"/> bytes.</param>
    public static byte[] EncodeCall(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, WordSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(signature.Length, SizeMax);
        // Selector; the hash, where the bytes begin, how many they are; and they, filled up to a word.
        var call = new byte[Selector.Length + (3 * WordSize) + ((signature.Length + WordSize - 1) / WordSize * WordSize)];
        Selector.CopyTo(call);
        var words = call.AsSpan(Selector.Length);
        hash.CopyTo(words);
        words[(2 * WordSize) - 1] = 2 * WordSize;
        BinaryPrimitives.WriteInt32BigEndian(words[((3 * WordSize) - sizeof(int))..], signature.Length);
        signature.CopyTo(words[(3 * WordSize)..]);
        return call;
    }

    /// <summary>
    /// Whether the contract took the signature: its answer is the selector once more, and nothing else in that word. What
    /// merely repeats the call, as the precompiled contract 4 does, has the hash behind the selector.
    /// </summary>
    public static bool Accepts(ReadOnlySpan<byte> answer) =>
        answer.Length >= WordSize && answer.StartsWith(Selector) && !answer[Selector.Length..WordSize].ContainsAnyExcept((byte)0);

    /// <summary>Whether the signature is one that says how to deploy its contract first (EIP-6492).</summary>
    public static bool IsWrapped(ReadOnlySpan<byte> signature) => signature.EndsWith(Wrapped);

    /// <summary>
    /// Takes the signature for the contract out of a wrapped one, abi.encode(factory, factoryCall, signature) and the last
    /// word; false where it is not laid out so.
    /// </summary>
    public static bool TryUnwrap(ReadOnlySpan<byte> signature, out ReadOnlySpan<byte> inner)
    {
        inner = default;
        if (!IsWrapped(signature)) return false;
        var words = signature[..^WordSize];
        const int heads = 3 * WordSize;
        return TryBytes(words, heads, 1, out _) && TryBytes(words, heads, 2, out inner) && IsAddress(words[..WordSize]);
    }

    private static bool IsAddress(ReadOnlySpan<byte> word) => !word[..(WordSize - EvmAddress.Size)].ContainsAnyExcept((byte)0);

    private static bool TryBytes(ReadOnlySpan<byte> words, int heads, int place, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (words.Length < heads || !TryLength(words[(place * WordSize)..], out var start)
            || start < heads || start > words.Length - WordSize
            || !TryLength(words[start..], out var length) || length > words.Length - WordSize - start)
            return false;
        bytes = words.Slice(start + WordSize, length);
        return true;
    }

    // A word that can be a length here.
    private static bool TryLength(ReadOnlySpan<byte> word, out int length)
    {
        length = BinaryPrimitives.ReadInt32BigEndian(word[(WordSize - sizeof(int))..]);
        return length >= 0 && !word[..(WordSize - sizeof(int))].ContainsAnyExcept((byte)0);
    }
}
