using System.Security.Cryptography;

namespace Sluice.Chains.Signatures;

/// <summary>The nonces of RFC 6979, section 3.2, with HMAC-SHA256. What it keeps is as secret as the key.</summary>
internal ref struct DeterministicNonce
{
    /// <summary>Bytes that the caller lends, and clears afterwards.</summary>
    public const int StateSize = 2 * HashSize;

    private const int HashSize = 32;

    private readonly Span<byte> _key;
    private readonly Span<byte> _value;
    private bool _used;

    public DeterministicNonce(in Scalar message, ReadOnlySpan<byte> secretKey, Span<byte> state)
    {
        _key = state[..HashSize];
        _value = state[HashSize..StateSize];
        _key.Clear();
        _value.Fill(1);
        Span<byte> input = stackalloc byte[HashSize + 1 + HashSize + HashSize];
        for (byte round = 0; round < 2; round++)
        {
            _value.CopyTo(input);
            input[HashSize] = round;
            secretKey.CopyTo(input[(HashSize + 1)..]);
            message.Write(input[(HashSize + 1 + HashSize)..]);
            HMACSHA256.HashData(_key, input, _key);
            HMACSHA256.HashData(_key, _value, _value);
        }

        CryptographicOperations.ZeroMemory(input);
    }

    public Scalar Next()
    {
        while (true)
        {
            if (_used) Turn();
            HMACSHA256.HashData(_key, _value, _value);
            _used = true;
            // One in 2¹²⁸ is not below n; that it was passed over tells nothing of the one that is used.
            if (Scalar.TryRead(_value, out var nonce) && !nonce.IsZero) return nonce;
        }
    }

    private void Turn()
    {
        Span<byte> input = stackalloc byte[HashSize + 1];
        _value.CopyTo(input);
        input[HashSize] = 0;
        HMACSHA256.HashData(_key, input, _key);
        HMACSHA256.HashData(_key, _value, _value);
    }
}
