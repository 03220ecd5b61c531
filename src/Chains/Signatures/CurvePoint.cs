using System.Runtime.CompilerServices;

namespace Sluice.Chains.Signatures;

/// <summary>
/// A point of secp256k1, y² = x³ + 7, in homogeneous coordinates: x = X/Z, y = Y/Z, and Z is zero at infinity alone. The
/// formulas are complete: no pair of points is an exception to them (Renes, Costello, Batina, "Complete addition formulas
/// for prime order elliptic curves", algorithms 7 and 9).
/// </summary>
[SkipLocalsInit]
internal readonly struct CurvePoint(in FieldElement x, in FieldElement y, in FieldElement z)
{
    /// <summary>Bytes of x and y.</summary>
    public const int Size = 64;

    private const uint B = 7;

    private readonly FieldElement _x = x;
    private readonly FieldElement _y = y;
    private readonly FieldElement _z = z;

    /// <summary>The base point G (SEC 2, section 2.4.1).</summary>
    public static readonly CurvePoint Base = ReadConstant(
        "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" +
        "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8");

    public static CurvePoint Infinity => new(FieldElement.Zero, FieldElement.One, FieldElement.Zero);

    public bool IsInfinity => _z.IsZero;

    /// <summary>Reads x and y; false where a coordinate is p or more, or the point is not on the curve.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out CurvePoint point)
    {
        point = default;
        if (!FieldElement.TryRead(bytes, out var x) || !FieldElement.TryRead(bytes[FieldElement.Size..], out var y)
            || !y.Square().EqualsVariable(Cubic(x)))
            return false;
        point = new CurvePoint(x, y, FieldElement.One);
        return true;
    }

    /// <summary>The point of this x whose y is odd or even; false where the curve has none.</summary>
    public static bool TryLift(in FieldElement x, bool odd, out CurvePoint point)
    {
        point = default;
        if (!Cubic(x).TrySquareRoot(out var y)) return false;
        point = new CurvePoint(x, y.IsOdd == odd ? y : -y, FieldElement.One);
        return true;
    }

    /// <summary>x and y; not of the point at infinity.</summary>
    public void Affine(out FieldElement x, out FieldElement y)
    {
        var inverse = _z.Inverse();
        (x, y) = (_x * inverse, _y * inverse);
    }

    /// <summary>Whether x is this, without a division; not of the point at infinity.</summary>
    public bool HasX(in FieldElement x) => (x * _z).EqualsVariable(_x);

    public static CurvePoint operator -(in CurvePoint a) => new(a._x, -a._y, a._z);

    public static CurvePoint operator +(in CurvePoint a, in CurvePoint b)
    {
        var xx = a._x * b._x;
        var yy = a._y * b._y;
        var zz = a._z * b._z;
        var xy = (a._x + a._y) * (b._x + b._y) - xx - yy;
        var yz = (a._y + a._z) * (b._y + b._z) - yy - zz;
        var xz = ((a._x + a._z) * (b._x + b._z) - xx - zz).Times(3 * B);
        var xx3 = xx.Times(3);
        var zz21 = zz.Times(3 * B);
        var less = yy - zz21;
        var more = yy + zz21;
        return new CurvePoint(xy * less - yz * xz, less * more + xx3 * xz, yz * more + xx3 * xy);
    }

    public CurvePoint Double()
    {
        var yy = _y.Square();
        var zz = _z.Square().Times(3 * B);
        var yy8 = yy.Times(8);
        var less = yy - zz.Times(3);
        return new CurvePoint((less * (_x * _y)).Times(2), zz * yy8 + less * (yy + zz), _y * _z * yy8);
    }

    public static CurvePoint Select(ulong mask, in CurvePoint whenSet, in CurvePoint whenNot) => new(
        FieldElement.Select(mask, whenSet._x, whenNot._x), FieldElement.Select(mask, whenSet._y, whenNot._y),
        FieldElement.Select(mask, whenSet._z, whenNot._z));

    private static FieldElement Cubic(in FieldElement x) => x.Square() * x + FieldElement.One.Times(B);

    private static CurvePoint ReadConstant(string hex) => TryRead(Convert.FromHexString(hex), out var point)
        ? point
        : throw new ArgumentException("Not on the curve.", nameof(hex));
}
