using System.Globalization;
using System.Text;

namespace Sluice.Host.Portal.Account;

/// <summary>
/// QR codes (ISO/IEC 18004) of short texts: byte mode, error correction level M, versions 1 to 20. Drawn as one path of
/// SVG, so that the secret in it leaves the page for no picture service.
/// </summary>
internal static class Qr
{
    private const int VersionMax = 20;
    private const int Border = 4;

    /// <summary>The code as an SVG, dark on light in every theme, because that is what cameras read.</summary>
    public static string Svg(string text)
    {
        var modules = Modules(text);
        var size = modules.GetLength(0);
        var path = new StringBuilder();
        for (var y = 0; y < size; y++)
        {
            for (var x = 0; x < size; x++)
            {
                if (!modules[x, y]) continue;
                var from = x;
                while (x + 1 < size && modules[x + 1, y]) x++;
                path.Append(CultureInfo.InvariantCulture, $"M{from + Border} {y + Border}h{x - from + 1}v1h-{x - from + 1}z");
            }
        }
        var side = size + 2 * Border;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"<svg viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\"><path d=\"{path}\"/></svg>");
    }

    /// <summary>The code's modules by column and row; true is dark.</summary>
    public static bool[,] Modules(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var version = 1; version <= VersionMax; version++)
        {
            var head = version < 10 ? 2 : 3;
            if (bytes.Length + head > QrCodewords.DataLength(version)) continue;
            return QrMatrix.Of(version, QrCodewords.Of(bytes, version));
        }
        throw new ArgumentException($"{bytes.Length} bytes are too many for a code of version {VersionMax}.", nameof(text));
    }
}

/// <summary>The bytes of a code: the text, padded, in blocks, each with its correction, interleaved.</summary>
internal static class QrCodewords
{
    // Level M, by version from 1 (tables 7 and 9 of the standard).
    private static readonly int[] CorrectionOfBlock =
        [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];

    private static readonly int[] Blocks = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];

    public static int DataLength(int version) =>
        RawBits(version) / 8 - CorrectionOfBlock[version - 1] * Blocks[version - 1];

    public static byte[] Of(byte[] text, int version)
    {
        var data = Padded(text, version);
        var (count, correction) = (Blocks[version - 1], CorrectionOfBlock[version - 1]);
        var raw = RawBits(version) / 8;
        var shortBlocks = count - raw % count;
        var shortLength = raw / count - correction;
        var generator = Generator(correction);
        var blocks = new List<(byte[] Data, byte[] Correction)>();
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            var block = data[at..(at += shortLength + (i < shortBlocks ? 0 : 1))];
            blocks.Add((block, Remainder(block, generator)));
        }
        var woven = new List<byte>(raw);
        for (var i = 0; i <= shortLength; i++)
            foreach (var block in blocks)
                if (i < block.Data.Length) woven.Add(block.Data[i]);
        for (var i = 0; i < correction; i++)
            foreach (var block in blocks) woven.Add(block.Correction[i]);
        return [.. woven];
    }

    // All modules but those of the fixed patterns.
    private static int RawBits(int version)
    {
        var bits = (16 * version + 128) * version + 64;
        if (version < 2) return bits;
        var marks = version / 7 + 2;
        bits -= (25 * marks - 10) * marks - 55;
        return version < 7 ? bits : bits - 36;
    }

    private static byte[] Padded(byte[] text, int version)
    {
        var bits = new List<bool>();
        void Append(int value, int length)
        {
            for (var i = length - 1; i >= 0; i--) bits.Add((value >> i & 1) != 0);
        }

        Append(0b0100, 4);
        Append(text.Length, version < 10 ? 8 : 16);
        foreach (var one in text) Append(one, 8);
        var length = DataLength(version);
        Append(0, Math.Min(4, length * 8 - bits.Count));
        Append(0, (8 - bits.Count % 8) % 8);
        var data = new byte[length];
        for (var i = 0; i < bits.Count; i++) data[i / 8] |= (byte)(bits[i] ? 0x80 >> i % 8 : 0);
        for (var (i, odd) = (bits.Count / 8, false); i < length; i++, odd = !odd) data[i] = odd ? (byte)0x11 : (byte)0xEC;
        return data;
    }

    private static byte[] Generator(int degree)
    {
        var result = new byte[degree];
        result[^1] = 1;
        byte root = 1;
        for (var i = 0; i < degree; i++)
        {
            for (var j = 0; j < degree; j++)
            {
                result[j] = Product(result[j], root);
                if (j + 1 < degree) result[j] ^= result[j + 1];
            }
            root = Product(root, 2);
        }
        return result;
    }

    private static byte[] Remainder(byte[] data, byte[] generator)
    {
        var result = new byte[generator.Length];
        foreach (var one in data)
        {
            var factor = (byte)(one ^ result[0]);
            Array.Copy(result, 1, result, 0, result.Length - 1);
            result[^1] = 0;
            for (var i = 0; i < result.Length; i++) result[i] ^= Product(generator[i], factor);
        }
        return result;
    }

    // In GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1.
    private static byte Product(byte a, byte b)
    {
        var product = 0;
        for (var i = 7; i >= 0; i--)
        {
            product = (product << 1) ^ ((product >> 7) * 0x11D);
            product ^= ((b >> i) & 1) * a;
        }
        return (byte)product;
    }
}
