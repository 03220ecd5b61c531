namespace Sluice.Host.Portal.Account;

/// <summary>Places the bytes of a QR code among its fixed patterns, under the mask that leaves the fewest plain areas.</summary>
internal sealed class QrMatrix
{
    private const int Masks = 8;
    private const int LevelM = 0;

    private readonly int _version;
    private readonly int _size;
    private readonly bool[,] _dark;
    private readonly bool[,] _fixed;

    private QrMatrix(int version)
    {
        _version = version;
        _size = version * 4 + 17;
        _dark = new bool[_size, _size];
        _fixed = new bool[_size, _size];
        DrawPatterns();
    }

    public static bool[,] Of(int version, byte[] codewords)
    {
        bool[,]? best = null;
        var least = int.MaxValue;
        for (var mask = 0; mask < Masks; mask++)
        {
            var matrix = new QrMatrix(version);
            matrix.DrawFormat(mask);
            matrix.Place(codewords);
            matrix.Apply(mask);
            var plain = matrix.PlainAreas();
            if (plain >= least) continue;
            (best, least) = (matrix._dark, plain);
        }
        return best!;
    }

    private void Set(int x, int y, bool dark)
    {
        _dark[x, y] = dark;
        _fixed[x, y] = true;
    }

    private void DrawPatterns()
    {
        for (var i = 0; i < _size; i++)
        {
            Set(6, i, i % 2 == 0);
            Set(i, 6, i % 2 == 0);
        }
        DrawFinder(3, 3);
        DrawFinder(_size - 4, 3);
        DrawFinder(3, _size - 4);
        var marks = Marks();
        for (var i = 0; i < marks.Length; i++)
            for (var j = 0; j < marks.Length; j++)
            {
                var atFinder = (i == 0 && j == 0) || (i == 0 && j == marks.Length - 1) || (i == marks.Length - 1 && j == 0);
                if (!atFinder) DrawMark(marks[i], marks[j]);
            }
        DrawFormat(0);
        DrawVersion();
    }

    private void DrawFinder(int x, int y)
    {
        for (var dy = -4; dy <= 4; dy++)
            for (var dx = -4; dx <= 4; dx++)
            {
                if (x + dx < 0 || x + dx >= _size || y + dy < 0 || y + dy >= _size) continue;
                Set(x + dx, y + dy, Math.Max(Math.Abs(dx), Math.Abs(dy)) is not (2 or 4));
            }
    }

    private void DrawMark(int x, int y)
    {
        for (var dy = -2; dy <= 2; dy++)
            for (var dx = -2; dx <= 2; dx++)
                Set(x + dx, y + dy, Math.Max(Math.Abs(dx), Math.Abs(dy)) != 1);
    }

    private int[] Marks()
    {
        if (_version == 1) return [];
        var count = _version / 7 + 2;
        var step = (_version * 8 + count * 3 + 5) / (count * 4 - 4) * 2;
        var marks = new int[count];
        marks[0] = 6;
        for (var i = 1; i < count; i++) marks[i] = _size - 7 - (count - 1 - i) * step;
        return marks;
    }

    // Fifteen bits, twice: level and mask with their own correction (BCH 15, 5).
    private void DrawFormat(int mask)
    {
        var data = LevelM << 3 | mask;
        var rest = data;
        for (var i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
        var bits = (data << 10 | rest) ^ 0x5412;
        bool Bit(int i) => (bits >> i & 1) != 0;

        for (var i = 0; i <= 5; i++) Set(8, i, Bit(i));
        Set(8, 7, Bit(6));
        Set(8, 8, Bit(7));
        Set(7, 8, Bit(8));
        for (var i = 9; i < 15; i++) Set(14 - i, 8, Bit(i));
        for (var i = 0; i < 8; i++) Set(_size - 1 - i, 8, Bit(i));
        for (var i = 8; i < 15; i++) Set(8, _size - 15 + i, Bit(i));
        Set(8, _size - 8, true);
    }

    // Eighteen bits, twice, from version 7 (BCH 18, 6).
    private void DrawVersion()
    {
        if (_version < 7) return;
        var rest = _version;
        for (var i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1F25);
        var bits = _version << 12 | rest;
        for (var i = 0; i < 18; i++)
        {
            var dark = (bits >> i & 1) != 0;
            var (a, b) = (_size - 11 + i % 3, i / 3);
            Set(a, b, dark);
            Set(b, a, dark);
        }
    }

    // Two columns at a time from the right, up and down by turns, past the vertical timing line.
    private void Place(byte[] codewords)
    {
        var at = 0;
        for (var right = _size - 1; right >= 1; right -= 2)
        {
            if (right == 6) right = 5;
            var upward = (right + 1 & 2) == 0;
            for (var step = 0; step < _size; step++)
                for (var side = 0; side < 2; side++)
                {
                    var (x, y) = (right - side, upward ? _size - 1 - step : step);
                    if (_fixed[x, y] || at >= codewords.Length * 8) continue;
                    _dark[x, y] = (codewords[at / 8] >> 7 - at % 8 & 1) != 0;
                    at++;
                }
        }
    }

    private void Apply(int mask)
    {
        for (var y = 0; y < _size; y++)
            for (var x = 0; x < _size; x++)
                if (!_fixed[x, y] && IsTurned(mask, x, y)) _dark[x, y] = !_dark[x, y];
    }

    private static bool IsTurned(int mask, int x, int y) => mask switch
    {
        0 => (x + y) % 2 == 0,
        1 => y % 2 == 0,
        2 => x % 3 == 0,
        3 => (x + y) % 3 == 0,
        4 => (x / 3 + y / 2) % 2 == 0,
        5 => x * y % 2 + x * y % 3 == 0,
        6 => (x * y % 2 + x * y % 3) % 2 == 0,
        7 => ((x + y) % 2 + x * y % 3) % 2 == 0,
        _ => throw new ArgumentOutOfRangeException(nameof(mask)),
    };

    // Any mask can be read; the standard asks for one without large areas of one colour.
    private int PlainAreas()
    {
        var sum = 0;
        for (var y = 0; y + 1 < _size; y++)
            for (var x = 0; x + 1 < _size; x++)
            {
                var dark = _dark[x, y];
                if (dark == _dark[x + 1, y] && dark == _dark[x, y + 1] && dark == _dark[x + 1, y + 1]) sum++;
            }
        return sum;
    }
}
