namespace Sluice.Chains.Signatures;

/// <summary>
/// An ECDSA signature on secp256k1 whose r and s lie between 1 and n − 1, and which of the up to four points of that r it
/// means (SEC 1, section 4.1.6). A value: no array behind it.
/// </summary>
public readonly struct EcdsaSignature
{
    /// <summary>Bytes of r and s, big-endian.</summary>
    public const int Size = 64;

    private EcdsaSignature(Scalar r, Scalar s, int recoveryId) => (R, S, RecoveryId) = (r, s, recoveryId);

    internal Scalar R { get; }

    internal Scalar S { get; }

    /// <summary>Bit 0: y of the point is odd; bit 1: its x is n or more, which no chain takes.</summary>
    public int RecoveryId { get; }

    /// <summary>
    /// s is at most n / 2. Whoever sees a signature can turn s into n − s, and it holds as before; of the two only this one
    /// is taken by whoever needs a signature to be one thing (EIP-2).
    /// </summary>
    public bool IsLow => !S.IsHigh;

    /// <summary>Reads r and s; false where one is zero or not below n, or the recovery id is not between 0 and 3.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, int recoveryId, out EcdsaSignature signature)
    {
        signature = default;
        if (bytes.Length != Size || recoveryId is < 0 or > 3
            || !Scalar.TryRead(bytes, out var r) || !Scalar.TryRead(bytes[Scalar.Size..], out var s) || r.IsZero || s.IsZero)
            return false;
        signature = new EcdsaSignature(r, s, recoveryId);
        return true;
    }

    /// <summary>Writes r and s.</summary>
    /// <param name="bytes">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> bytes)
    {
        R.Write(bytes);
        S.Write(bytes[Scalar.Size..]);
    }

    internal static EcdsaSignature Make(in Scalar r, in Scalar s, int recoveryId) => new(r, s, recoveryId);
}
