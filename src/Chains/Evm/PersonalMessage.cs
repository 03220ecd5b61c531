using System.Buffers.Text;
using Sluice.Chains.Signatures;

namespace Sluice.Chains.Evm;

/// <summary>Messages that people sign with their wallet: <c>personal_sign</c>, version 0x45 of EIP-191.</summary>
public static class PersonalMessage
{
    private static ReadOnlySpan<byte> Prefix => "\u0019Ethereum Signed Message:\n"u8;

    /// <summary>
    /// What is signed: the hash of the prefix, the length of the message in bytes as decimal digits, and the message.
    /// </summary>
    /// <param name="message">Text as UTF-8.</param>
    /// <param name="hash">At least <see cref="Keccak256.Size"/> bytes.</param>
    public static void Hash(ReadOnlySpan<byte> message, Span<byte> hash)
    {
        Span<byte> length = stackalloc byte[10];
        Utf8Formatter.TryFormat(message.Length, length, out var digits);
        Keccak256 keccak = default;
        keccak.Append(Prefix);
        keccak.Append(length[..digits]);
        keccak.Append(message);
        keccak.Finish(hash);
    }

    /// <summary>The account whose key signed the message; false where the signature is of no key at all.</summary>
    public static bool TryRecover(
        this ISecp256k1 curve, ReadOnlySpan<byte> message, in EcdsaSignature signature, out EvmAddress signer)
    {
        Span<byte> hash = stackalloc byte[Keccak256.Size];
        Hash(message, hash);
        return curve.TryRecoverAddress(hash, signature, out signer);
    }

    /// <summary>The account whose key signed the hash; false where the signature is of no key at all.</summary>
    public static bool TryRecoverAddress(
        this ISecp256k1 curve, ReadOnlySpan<byte> hash, in EcdsaSignature signature, out EvmAddress signer)
    {
        Span<byte> publicKey = stackalloc byte[ISecp256k1.PublicKeySize];
        var found = curve.TryRecover(hash, signature, publicKey);
        signer = found ? EvmAddress.Of(publicKey) : default;
        return found;
    }
}
