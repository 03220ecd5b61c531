using System.Runtime.CompilerServices;

namespace Sluice.Chains.Signatures;

/// <summary>Multiples of points of secp256k1.</summary>
[SkipLocalsInit]
internal static class Multiples
{
    private const int Windows = 64;
    private const int WindowSize = 16;
    private const int BaseWidth = 8;
    private const int PointWidth = 5;

    // digit · 16^window · G, for each digit from 0 to 15.
    private static readonly Lazy<CurvePoint[]> OfBaseByWindow = new(MakeWindows);

    // G, 3G, 5G and so on.
    private static readonly Lazy<CurvePoint[]> OddOfBase = new(() =>
    {
        var odd = new CurvePoint[1 << (BaseWidth - 2)];
        FillOdd(CurvePoint.Base, odd);
        return odd;
    });

    /// <summary>
    /// k · G for a k that is secret: 64 additions whatever it is, each of an entry that is picked by reading all sixteen.
    /// </summary>
    public static CurvePoint OfBase(in Scalar k)
    {
        var table = OfBaseByWindow.Value;
        var sum = CurvePoint.Infinity;
        for (var window = 0; window < Windows; window++)
        {
            var digit = (ulong)k.Nibble(window);
            var entries = table.AsSpan(window * WindowSize, WindowSize);
            var chosen = entries[0];
            for (var i = 1; i < WindowSize; i++)
                chosen = CurvePoint.Select(Limbs.Mask(Limbs.IsZero(digit ^ (ulong)i)), entries[i], chosen);
            sum += chosen;
        }

        return sum;
    }

    /// <summary>a · G + b · P for numbers that everybody may know: doublings shared, signed digits (Straus, wNAF).</summary>
    public static CurvePoint SumVariable(in Scalar a, in Scalar b, in CurvePoint point)
    {
        Span<sbyte> ofBase = stackalloc sbyte[257];
        Span<sbyte> ofPoint = stackalloc sbyte[257];
        var places = Math.Max(a.DigitsVariable(BaseWidth, ofBase), b.DigitsVariable(PointWidth, ofPoint));
        Span<CurvePoint> odd = stackalloc CurvePoint[1 << (PointWidth - 2)];
        FillOdd(point, odd);
        var oddOfBase = OddOfBase.Value;

        var sum = CurvePoint.Infinity;
        for (var place = places - 1; place >= 0; place--)
        {
            sum = sum.Double();
            AddDigit(ref sum, ofBase[place], oddOfBase);
            AddDigit(ref sum, ofPoint[place], odd);
        }

        return sum;
    }

    private static void AddDigit(ref CurvePoint sum, int digit, ReadOnlySpan<CurvePoint> odd)
    {
        if (digit > 0) sum += odd[digit >> 1];
        else if (digit < 0) sum += -odd[-digit >> 1];
    }

    private static void FillOdd(in CurvePoint point, Span<CurvePoint> odd)
    {
        var twice = point.Double();
        odd[0] = point;
        for (var i = 1; i < odd.Length; i++) odd[i] = odd[i - 1] + twice;
    }

    private static CurvePoint[] MakeWindows()
    {
        var table = new CurvePoint[Windows * WindowSize];
        var unit = CurvePoint.Base;
        for (var window = 0; window < Windows; window++)
        {
            var entries = table.AsSpan(window * WindowSize, WindowSize);
            entries[0] = CurvePoint.Infinity;
            for (var i = 1; i < WindowSize; i++) entries[i] = entries[i - 1] + unit;
            unit = entries[^1] + unit;
        }

        return table;
    }
}
