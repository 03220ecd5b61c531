using System.Security.Cryptography;

namespace Sluice.Chains.Signatures;

/// <summary>
/// Needs nothing from the system. Signing has no branch and no address that depends on a secret in its source, but nothing
/// promises that the compiler of the runtime keeps it so, and the secret is not blinded: where others can measure how long
/// signing takes, keys of value belong to the system's library.
/// </summary>
internal sealed class ManagedSecp256k1 : ISecp256k1
{
    private const int OverflowBit = 2;

    // n as an x.
    private static readonly FieldElement Order = new(0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, ulong.MaxValue);

    public string Name => "managed";

    public bool TryRecover(ReadOnlySpan<byte> hash, in EcdsaSignature signature, Span<byte> publicKey)
    {
        Secp256k1.CheckLengths(hash, publicKey.Length);
        if (signature.R.IsZero || !TryX(signature.R, (signature.RecoveryId & OverflowBit) != 0, out var x)
            || !CurvePoint.TryLift(x, odd: (signature.RecoveryId & 1) != 0, out var point))
            return false;

        // Q = (s·R − z·G) / r (SEC 1, section 4.1.6).
        var inverse = signature.R.Inverse();
        var found = Multiples.SumVariable(-(Scalar.ReadReduced(hash) * inverse), signature.S * inverse, point);
        if (found.IsInfinity) return false;
        Write(found, publicKey);
        return true;
    }

    public bool Verify(ReadOnlySpan<byte> hash, in EcdsaSignature signature, ReadOnlySpan<byte> publicKey)
    {
        Secp256k1.CheckLengths(hash, publicKey.Length);
        if (signature.S.IsZero || !signature.IsLow || !CurvePoint.TryRead(publicKey, out var point)) return false;
        var inverse = signature.S.Inverse();
        var found = Multiples.SumVariable(Scalar.ReadReduced(hash) * inverse, signature.R * inverse, point);
        if (found.IsInfinity) return false;
        // The x of the point modulo n is r: x is r, or, where that is still below p, r + n.
        return TryX(signature.R, overflow: false, out var x) && found.HasX(x)
            || TryX(signature.R, overflow: true, out x) && found.HasX(x);
    }

    public bool TrySign(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> secretKey, out EcdsaSignature signature)
    {
        Secp256k1.CheckLengths(hash);
        signature = default;
        if (!TryReadSecret(secretKey, out var secret)) return false;
        var message = Scalar.ReadReduced(hash);
        Span<byte> state = stackalloc byte[DeterministicNonce.StateSize];
        var nonces = new DeterministicNonce(message, secretKey, state);
        try
        {
            while (true)
            {
                var nonce = nonces.Next();
                Multiples.OfBase(nonce).Affine(out var x, out var y);
                var r = Reduced(x, out var overflow);
                var s = nonce.Inverse() * (message + r * secret);
                if (r.IsZero || s.IsZero) continue;
                // To turn s over turns the point over, and with it whether y is odd.
                var high = s.IsHigh ? 1UL : 0;
                signature = EcdsaSignature.Make(
                    r, Scalar.Select(Limbs.Mask(high), -s, s), (y.IsOdd ? 1 : 0) ^ (int)high | (overflow ? OverflowBit : 0));
                return true;
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(state);
        }
    }

    public bool TryDerive(ReadOnlySpan<byte> secretKey, Span<byte> publicKey)
    {
        Secp256k1.CheckLengths(secretKey, publicKey.Length);
        if (!TryReadSecret(secretKey, out var secret)) return false;
        Write(Multiples.OfBase(secret), publicKey);
        return true;
    }

    private static bool TryReadSecret(ReadOnlySpan<byte> bytes, out Scalar secret)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Scalar.Size);
        return Scalar.TryRead(bytes, out secret) && !secret.IsZero;
    }

    /// <summary>r as an x, or r + n; false where the sum is p or more, for then it wraps to less than n.</summary>
    private static bool TryX(in Scalar r, bool overflow, out FieldElement x)
    {
        Span<byte> bytes = stackalloc byte[Scalar.Size];
        r.Write(bytes);
        if (!FieldElement.TryRead(bytes, out x) || !overflow) return !overflow;
        x += Order;
        x.Write(bytes);
        return !Scalar.TryRead(bytes, out _);
    }

    private static Scalar Reduced(in FieldElement x, out bool overflow)
    {
        Span<byte> bytes = stackalloc byte[Scalar.Size];
        x.Write(bytes);
        overflow = !Scalar.TryRead(bytes, out var value);
        return value;
    }

    private static void Write(in CurvePoint point, Span<byte> publicKey)
    {
        point.Affine(out var x, out var y);
        x.Write(publicKey);
        y.Write(publicKey[FieldElement.Size..]);
    }
}
