using Sluice.Chains.Signatures;
using Sluice.Kernel;

namespace Sluice.Chains.Evm;

/// <summary>Signatures of accounts with a key, as wallets hand them out: r, s and v, 65 bytes.</summary>
public static class EvmSignature
{
    /// <summary>Bytes of a signature.</summary>
    public const int Size = EcdsaSignature.Size + 1;

    private const byte OldestParity = 27;

    /// <summary>
    /// Reads r, s and v. The v is 27 or 28, or 0 or 1 as some wallets have it. A high s is refused, as EIP-2 does for
    /// transactions: it is another form of a signature that its owner never made.
    /// </summary>
    public static Result<EcdsaSignature> Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            return Malformed($"A signature has {Size} bytes (r, s, v); this one has {bytes.Length}.");
        if (Parity(bytes[^1]) is not { } parity)
            return Malformed("The last byte of a signature (v) is 27 or 28, or 0 or 1.");
        if (!EcdsaSignature.TryRead(bytes[..EcdsaSignature.Size], parity, out var signature))
            return Malformed("r and s of a signature lie between 1 and the order of secp256k1.");
        return signature.IsLow
            ? signature
            : Malformed("The s of the signature is in the upper half of its range; wallets sign with the lower one (EIP-2).");
    }

    /// <summary>Writes r, s and v, which is 27 or 28.</summary>
    /// <param name="signature">Of a recovery id of 0 or 1: chains know no other.</param>
    /// <param name="bytes">At least <see cref="Size"/> bytes.</param>
    public static void Write(in EcdsaSignature signature, Span<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(signature.RecoveryId, 1);
        signature.Write(bytes);
        bytes[EcdsaSignature.Size] = (byte)(OldestParity + signature.RecoveryId);
    }

    private static int? Parity(byte v) => v switch
    {
        0 or 1 => v,
        OldestParity or OldestParity + 1 => v - OldestParity,
        _ => null,
    };

    private static Refusal Malformed(string message) => Refusal.Invalid("wallet.signature-invalid", message);
}
