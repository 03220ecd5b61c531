using System.Buffers.Binary;
using System.Text;

namespace Sluice.Integration.Origins;

/// <summary>
/// Reads the wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding), field by field. Anything that is
/// not well formed throws.
/// </summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;
    private ulong _number;
    private ReadOnlySpan<byte> _bytes;

    public int Field { get; private set; }

    public readonly ReadOnlySpan<byte> Bytes => _bytes;

    public readonly string Text => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(_bytes);

    public readonly ulong Number => _number;

    public readonly double Double => BitConverter.UInt64BitsToDouble(_number);

    public bool Next()
    {
        if (_rest.IsEmpty) return false;
        var tag = Varint();
        Field = checked((int)(tag >> 3));
        if (Field == 0) throw new InvalidDataException("Field 0.");
        _number = 0;
        _bytes = default;
        switch (tag & 7)
        {
            case 0: _number = Varint(); break;
            case 1: _number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8)); break;
            case 2: _bytes = Take(checked((int)Varint())); break;
            case 5: _number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4)); break;
            default: throw new InvalidDataException($"Wire type {tag & 7} of field {Field}.");
        }
        return true;
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw new InvalidDataException("A number has more than ten bytes.");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length) throw new InvalidDataException("The message ends too early.");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
