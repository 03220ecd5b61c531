using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Sluice.Chains.Signatures;

/// <summary>
/// A number modulo n, the order of secp256k1 (SEC 2, section 2.4.1), always fully reduced. Products go through Montgomery's
/// form (Mathematics of Computation 44, 1985). No branch and no address depends on a value, but where a name ends in
/// <c>Variable</c>.
/// </summary>
[SkipLocalsInit]
internal readonly struct Scalar
{
    public const int Size = 32;

    private const ulong N0 = 0xbfd25e8cd0364141;
    private const ulong N1 = 0xbaaedce6af48a03b;
    private const ulong N2 = 0xfffffffffffffffe;
    private const ulong N3 = 0xffffffffffffffff;

    // −1/n modulo 2⁶⁴.
    private const ulong NegativeInverse = 0x4b0dff665588b13f;

    // n / 2, rounded down: the largest s of a signature that nobody may turn over.
    private static readonly Scalar Half = new(0xdfe92f46681b20a0, 0x5d576e7357a4501d, ulong.MaxValue, 0x7fffffffffffffff);
    private static readonly Scalar One = new(1, 0, 0, 0);
    private static readonly Scalar MontgomerySquare = Doubled(One, 512);

    private readonly ulong _l0;
    private readonly ulong _l1;
    private readonly ulong _l2;
    private readonly ulong _l3;

    private Scalar(ulong l0, ulong l1, ulong l2, ulong l3) => (_l0, _l1, _l2, _l3) = (l0, l1, l2, l3);

    public bool IsZero => (_l0 | _l1 | _l2 | _l3) == 0;

    /// <summary>More than n / 2.</summary>
    public bool IsHigh => BorrowOf(Half, this) != 0;

    /// <summary>Reads 32 bytes, big-endian; false where they are n or more, and then the value is what is over n.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Scalar value)
    {
        value = new Scalar(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]), BinaryPrimitives.ReadUInt64BigEndian(bytes));
        var below = BorrowOf(value, new Scalar(N0, N1, N2, N3));
        value = Reduce(value._l0, value._l1, value._l2, value._l3, 0);
        return below != 0;
    }

    /// <summary>Reads 32 bytes, big-endian, modulo n: a hash is larger than the order once in 2¹²⁸.</summary>
    public static Scalar ReadReduced(ReadOnlySpan<byte> bytes)
    {
        TryRead(bytes, out var value);
        return value;
    }

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _l3);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _l2);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], _l1);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], _l0);
    }

    /// <summary>The window of four bits at a place from 0 to 63.</summary>
    public int Nibble(int place)
    {
        // The place is no secret, the limb is.
        var limb = (place >> 4) switch { 0 => _l0, 1 => _l1, 2 => _l2, _ => _l3 };
        return (int)(limb >> ((place & 15) * 4)) & 15;
    }

    public static Scalar operator +(in Scalar a, in Scalar b)
    {
        ulong carry = 0;
        var r0 = Limbs.Add(a._l0, b._l0, ref carry);
        var r1 = Limbs.Add(a._l1, b._l1, ref carry);
        var r2 = Limbs.Add(a._l2, b._l2, ref carry);
        var r3 = Limbs.Add(a._l3, b._l3, ref carry);
        return Reduce(r0, r1, r2, r3, carry);
    }

    public static Scalar operator -(in Scalar a)
    {
        ulong borrow = 0;
        var r0 = Limbs.Subtract(N0, a._l0, ref borrow);
        var r1 = Limbs.Subtract(N1, a._l1, ref borrow);
        var r2 = Limbs.Subtract(N2, a._l2, ref borrow);
        var r3 = Limbs.Subtract(N3, a._l3, ref borrow);
        // Of zero that makes n.
        return Reduce(r0, r1, r2, r3, 0);
    }

    public static Scalar operator *(in Scalar a, in Scalar b) => Montgomery(Montgomery(a, b), MontgomerySquare);

    public static Scalar Select(ulong mask, in Scalar whenSet, in Scalar whenNot) => new(
        Limbs.Select(mask, whenSet._l0, whenNot._l0), Limbs.Select(mask, whenSet._l1, whenNot._l1),
        Limbs.Select(mask, whenSet._l2, whenNot._l2), Limbs.Select(mask, whenSet._l3, whenNot._l3));

    /// <summary>1/x by Fermat: x to the power of n − 2, four bits at a time. The exponent is no secret.</summary>
    public Scalar Inverse()
    {
        Span<Scalar> powers = stackalloc Scalar[16];
        powers[0] = Montgomery(One, MontgomerySquare);
        powers[1] = Montgomery(this, MontgomerySquare);
        for (var i = 2; i < powers.Length; i++) powers[i] = Montgomery(powers[i - 1], powers[1]);

        var exponent = new Scalar(N0 - 2, N1, N2, N3);
        var power = powers[exponent.Nibble(63)];
        for (var place = 62; place >= 0; place--)
        {
            for (var i = 0; i < 4; i++) power = Montgomery(power, power);
            power = Montgomery(power, powers[exponent.Nibble(place)]);
        }

        return Montgomery(power, One);
    }

    /// <summary>
    /// Signed odd digits of a window, lowest first, zeros between them (wNAF): the value is the sum of digit · 2^place.
    /// Returns how many places are used, at most 257.
    /// </summary>
    public int DigitsVariable(int width, Span<sbyte> digits)
    {
        digits.Clear();
        var rest = new UInt128(_l1, _l0);
        var upper = new UInt128(_l3, _l2);
        var used = 0;
        for (var place = 0; rest != 0 || upper != 0; place++)
        {
            if ((rest & 1) != 0)
            {
                var digit = (int)(uint)(rest & ((1u << width) - 1));
                if (digit >= 1 << (width - 1)) digit -= 1 << width;
                digits[place] = (sbyte)digit;
                used = place + 1;
                // Of n the upper half is not all ones, so that a carry into it never leaves it.
                if (digit > 0)
                    rest -= (uint)digit;
                else if ((rest += (uint)-digit) < (uint)-digit)
                    upper++;
            }

            rest = (rest >> 1) | (upper << 127);
            upper >>= 1;
        }

        return used;
    }

    private static Scalar Doubled(Scalar value, int times)
    {
        for (var i = 0; i < times; i++) value += value;
        return value;
    }

    /// <summary>a·b / 2²⁵⁶ modulo n.</summary>
    private static Scalar Montgomery(in Scalar a, in Scalar b)
    {
        ulong r0 = 0, r1 = 0, r2 = 0, r3 = 0, r4 = 0;
        Row(a, b._l0, ref r0, ref r1, ref r2, ref r3, ref r4);
        Row(a, b._l1, ref r0, ref r1, ref r2, ref r3, ref r4);
        Row(a, b._l2, ref r0, ref r1, ref r2, ref r3, ref r4);
        Row(a, b._l3, ref r0, ref r1, ref r2, ref r3, ref r4);
        return Reduce(r0, r1, r2, r3, r4);
    }

    /// <summary>Adds a·b, makes the lowest limb zero by adding a multiple of n, and shifts it out.</summary>
    private static void Row(
        in Scalar a, ulong b, ref ulong r0, ref ulong r1, ref ulong r2, ref ulong r3, ref ulong r4)
    {
        ulong carry = 0;
        r0 = Limbs.MultiplyAdd(a._l0, b, r0, ref carry);
        r1 = Limbs.MultiplyAdd(a._l1, b, r1, ref carry);
        r2 = Limbs.MultiplyAdd(a._l2, b, r2, ref carry);
        r3 = Limbs.MultiplyAdd(a._l3, b, r3, ref carry);
        ulong over = 0;
        r4 = Limbs.Add(r4, carry, ref over);

        var factor = r0 * NegativeInverse;
        carry = 0;
        Limbs.MultiplyAdd(factor, N0, r0, ref carry);
        r0 = Limbs.MultiplyAdd(factor, N1, r1, ref carry);
        r1 = Limbs.MultiplyAdd(factor, N2, r2, ref carry);
        r2 = Limbs.MultiplyAdd(factor, N3, r3, ref carry);
        ulong top = 0;
        r3 = Limbs.Add(r4, carry, ref top);
        r4 = over + top;
    }

    private static ulong BorrowOf(in Scalar a, in Scalar b)
    {
        ulong borrow = 0;
        Limbs.Subtract(a._l0, b._l0, ref borrow);
        Limbs.Subtract(a._l1, b._l1, ref borrow);
        Limbs.Subtract(a._l2, b._l2, ref borrow);
        Limbs.Subtract(a._l3, b._l3, ref borrow);
        return borrow;
    }

    /// <summary>Of a value below 2n, its bit 256 apart.</summary>
    private static Scalar Reduce(ulong r0, ulong r1, ulong r2, ulong r3, ulong top)
    {
        ulong borrow = 0;
        var s0 = Limbs.Subtract(r0, N0, ref borrow);
        var s1 = Limbs.Subtract(r1, N1, ref borrow);
        var s2 = Limbs.Subtract(r2, N2, ref borrow);
        var s3 = Limbs.Subtract(r3, N3, ref borrow);
        var mask = Limbs.Mask(top | (borrow ^ 1));
        return new Scalar(
            Limbs.Select(mask, s0, r0), Limbs.Select(mask, s1, r1), Limbs.Select(mask, s2, r2), Limbs.Select(mask, s3, r3));
    }
}
