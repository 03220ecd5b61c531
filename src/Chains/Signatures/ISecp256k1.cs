namespace Sluice.Chains.Signatures;

/// <summary>
/// ECDSA on secp256k1 (SEC 1, section 4.1). Hashes and secret keys are 32 bytes, public keys 64: x and y, big-endian.
/// Safe for use by many threads. A length that is none of these is a bug of the caller and throws.
/// </summary>
public interface ISecp256k1
{
    /// <summary>Bytes of a hash and of a secret key.</summary>
    const int HashSize = 32;

    /// <summary>Bytes of a public key.</summary>
    const int PublicKeySize = 64;

    /// <summary>What computes, for logs.</summary>
    string Name { get; }

    /// <summary>
    /// The public key with which the signature holds; false where there is none. A high s is taken: who minds it asks
    /// <see cref="EcdsaSignature.IsLow"/>.
    /// </summary>
    bool TryRecover(ReadOnlySpan<byte> hash, in EcdsaSignature signature, Span<byte> publicKey);

    /// <summary>
    /// Whether the signature holds. One with a high s does not, nor does any for a public key that is no point of the curve.
    /// </summary>
    bool Verify(ReadOnlySpan<byte> hash, in EcdsaSignature signature, ReadOnlySpan<byte> publicKey);

    /// <summary>
    /// Signs with the nonce of RFC 6979 (HMAC-SHA256) and a low s, so that the same hash and key make the same signature;
    /// false where the secret key is zero or not below n.
    /// </summary>
    bool TrySign(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> secretKey, out EcdsaSignature signature);

    /// <summary>The public key of a secret one; false where that is zero or not below n.</summary>
    bool TryDerive(ReadOnlySpan<byte> secretKey, Span<byte> publicKey);
}
