using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Sluice.Chains.Signatures;
using Sluice.Kernel;

namespace Sluice.Chains.Evm;

/// <summary>A 20-byte account or contract address of an EVM chain. A value: no array behind it.</summary>
public readonly record struct EvmAddress
{
    /// <summary>Bytes of an address.</summary>
    public const int Size = 20;

    /// <summary>Characters of an address in text: <c>0x</c> and 40 hexadecimal digits.</summary>
    public const int TextSize = 42;

    private readonly ulong _head;
    private readonly ulong _middle;
    private readonly uint _tail;

    /// <summary>Takes exactly <see cref="Size"/> bytes.</summary>
    public EvmAddress(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        _head = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _middle = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _tail = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
    }

    /// <summary>The account of a public key: the last 20 bytes of its hash.</summary>
    /// <param name="publicKey">x and y, 64 bytes.</param>
    public static EvmAddress Of(ReadOnlySpan<byte> publicKey)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(publicKey.Length, ISecp256k1.PublicKeySize);
        Span<byte> hash = stackalloc byte[Keccak256.Size];
        Keccak256.Hash(publicKey, hash);
        return new EvmAddress(hash[^Size..]);
    }

    /// <summary>
    /// Reads an address that a person typed or pasted: in one case, or in mixed case with the checksum of EIP-55. What has a
    /// wrong checksum is refused, for a letter of it is wrong.
    /// </summary>
    public static Result<EvmAddress> Read(ReadOnlySpan<char> text)
    {
        if (!TryParse(text, out var address))
            return Refusal.Invalid("wallet.address-invalid", "An address is 0x and 40 hexadecimal digits.");
        var digits = text[2..];
        var mixed = digits.ContainsAnyInRange('a', 'f') && digits.ContainsAnyInRange('A', 'F');
        if (mixed && !text.SequenceEqual(address.ToChecksum()))
        {
            return Refusal.Invalid(
                "wallet.address-invalid",
                "The checksum in the upper and lower case of the address is wrong: compare its letters.");
        }

        return address;
    }

    /// <summary>Reads <c>0x</c> and 40 hexadecimal digits of either case from UTF-8; nothing else is an address.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out EvmAddress address)
    {
        Span<byte> bytes = stackalloc byte[Size];
        if (text.Length == TextSize && text[0] == '0' && text[1] == 'x'
            && Convert.FromHexString(text[2..], bytes, out _, out var written) == OperationStatus.Done
            && written == Size)
        {
            address = new EvmAddress(bytes);
            return true;
        }

        address = default;
        return false;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out EvmAddress)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out EvmAddress address)
    {
        address = default;
        Span<byte> utf8 = stackalloc byte[TextSize];
        return text.Length == TextSize && Ascii.FromUtf16(text, utf8, out _) == OperationStatus.Done
            && TryParse(utf8, out address);
    }

    /// <summary>Writes the <see cref="Size"/> bytes.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _head);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _middle);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[16..], _tail);
    }

    /// <summary><c>0x</c> and 40 digits whose case is the checksum of EIP-55, as it is shown to people.</summary>
    public string ToChecksum() => string.Create(TextSize, ToString(), static (text, lower) =>
    {
        lower.CopyTo(text);
        Span<byte> digits = stackalloc byte[TextSize - 2];
        Ascii.FromUtf16(lower.AsSpan(2), digits, out _);
        Span<byte> hash = stackalloc byte[Keccak256.Size];
        Keccak256.Hash(digits, hash);
        // A letter is upper case where the digit of the hash at its place is 8 or more.
        for (var i = 0; i < digits.Length; i++)
            if ((hash[i / 2] >> (i % 2 == 0 ? 4 : 0) & 8) != 0)
                text[i + 2] = char.ToUpperInvariant(lower[i + 2]);
    });

    /// <summary><c>0x</c> and 40 lower-case digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return "0x" + Convert.ToHexStringLower(bytes);
    }
}
