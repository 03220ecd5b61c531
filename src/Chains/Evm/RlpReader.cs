namespace Sluice.Chains.Evm;

/// <summary>
/// Reads RLP (Ethereum Yellow Paper, appendix B) in its one canonical form: shortest lengths, no leading zeros, no
/// bytes beyond the end. Two readers must never see two meanings in the same bytes, so anything else is refused.
/// A read that fails leaves the reader where it was.
/// </summary>
public ref struct RlpReader
{
    /// <summary>Lists within lists, at most. No transaction needs more than five.</summary>
    public const int DepthMax = 8;

    private ReadOnlySpan<byte> _rest;
    private readonly int _depthLeft;

    public RlpReader(ReadOnlySpan<byte> bytes) : this(bytes, DepthMax)
    {
    }

    private RlpReader(ReadOnlySpan<byte> bytes, int depthLeft)
    {
        _rest = bytes;
        _depthLeft = depthLeft;
    }

    /// <summary>Nothing is left.</summary>
    public readonly bool End => _rest.IsEmpty;

    /// <summary>The next item is a list.</summary>
    public readonly bool AtList => !_rest.IsEmpty && _rest[0] >= 0xc0;

    /// <summary>Reads a byte string.</summary>
    public bool TryReadString(out ReadOnlySpan<byte> value)
    {
        value = default;
        if (_rest.IsEmpty || AtList)
            return false;
        if (_rest[0] < 0x80)
        {
            value = _rest[..1];
            _rest = _rest[1..];
            return true;
        }

        if (!TryReadPayload(0x80, out value, out var after) || (value.Length == 1 && value[0] < 0x80))
            return false;
        _rest = after;
        return true;
    }

    /// <summary>Reads a byte string of exactly <paramref name="size"/> bytes.</summary>
    public bool TryReadFixed(int size, out ReadOnlySpan<byte> value)
    {
        var before = _rest;
        if (TryReadString(out value) && value.Length == size)
            return true;
        _rest = before;
        return false;
    }

    /// <summary>Reads an unsigned integer of at most <paramref name="sizeMax"/> bytes: big-endian, no leading zero.</summary>
    public bool TryReadInteger(int sizeMax, out ReadOnlySpan<byte> value)
    {
        var before = _rest;
        if (TryReadString(out value) && value.Length <= sizeMax && (value.IsEmpty || value[0] != 0))
            return true;
        _rest = before;
        return false;
    }

    /// <summary>Reads a list; <paramref name="items"/> reads what is in it.</summary>
    public bool TryReadList(out RlpReader items)
    {
        items = default;
        if (!AtList || _depthLeft == 0 || !TryReadPayload(0xc0, out var payload, out var after))
            return false;
        items = new RlpReader(payload, _depthLeft - 1);
        _rest = after;
        return true;
    }

    /// <summary>Lengths up to 55 stand in the first byte; longer ones follow it in up to eight bytes.</summary>
    private readonly bool TryReadPayload(byte zero, out ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> after)
    {
        payload = after = default;
        var length = (ulong)(_rest[0] - zero);
        var start = 1;
        if (length > 55)
        {
            var size = (int)length - 55;
            start += size;
            if (_rest.Length < start || _rest[1] == 0)
                return false;
            length = 0;
            foreach (var part in _rest[1..start])
                length = (length << 8) | part;
            if (length <= 55)
                return false;
        }

        if (length > (ulong)(_rest.Length - start))
            return false;
        payload = _rest.Slice(start, (int)length);
        after = _rest[(start + (int)length)..];
        return true;
    }
}
