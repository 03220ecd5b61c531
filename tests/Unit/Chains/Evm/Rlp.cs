namespace Sluice.Unit.Chains.Evm;

/// <summary>Writes RLP, for tests alone.</summary>
internal static class Rlp
{
    public static byte[] Text(params byte[] bytes) =>
        bytes.Length == 1 && bytes[0] < 0x80 ? bytes : [.. Head(0x80, bytes.Length), .. bytes];

    public static byte[] List(params byte[][] items)
    {
        var payload = items.SelectMany(item => item).ToArray();
        return [.. Head(0xc0, payload.Length), .. payload];
    }

    private static byte[] Head(int zero, int length)
    {
        if (length <= 55)
            return [(byte)(zero + length)];
        var size = new List<byte>();
        for (var left = length; left > 0; left >>= 8)
            size.Insert(0, (byte)left);
        return [(byte)(zero + 55 + size.Count), .. size];
    }
}
