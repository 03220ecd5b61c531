using System.Buffers;
using System.Buffers.Binary;
using System.Text;

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

    /// <summary><c>0x</c> and 40 lower-case digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return "0x" + Convert.ToHexStringLower(bytes);
    }
}
