using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Sluice.Chains.Signatures;

/// <summary>
/// A number modulo p = 2²⁵⁶ − 2³² − 977, the field of secp256k1 (SEC 2, section 2.4.1), always fully reduced. No branch
/// and no address depends on a value, but where a name ends in <c>Variable</c>.
/// </summary>
[SkipLocalsInit]
internal readonly struct FieldElement(ulong l0, ulong l1, ulong l2, ulong l3)
{
    public const int Size = 32;

    // 2²⁵⁶ − p: what a carry out of the top limb is worth.
    private const ulong Fold = 0x1000003d1;

    private readonly ulong _l0 = l0;
    private readonly ulong _l1 = l1;
    private readonly ulong _l2 = l2;
    private readonly ulong _l3 = l3;

    public static FieldElement Zero => default;

    public static FieldElement One => new(1, 0, 0, 0);

    public bool IsZero => (_l0 | _l1 | _l2 | _l3) == 0;

    public bool IsOdd => (_l0 & 1) != 0;

    /// <summary>Reads 32 bytes, big-endian; false where they are p or more.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FieldElement value)
    {
        value = new FieldElement(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]), BinaryPrimitives.ReadUInt64BigEndian(bytes));
        ulong carry = 0;
        Limbs.Add(value._l0, Fold, ref carry);
        Limbs.Add(value._l1, 0, ref carry);
        Limbs.Add(value._l2, 0, ref carry);
        Limbs.Add(value._l3, 0, ref carry);
        return carry == 0;
    }

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _l3);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _l2);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], _l1);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], _l0);
    }

    public bool EqualsVariable(in FieldElement other) =>
        _l0 == other._l0 && _l1 == other._l1 && _l2 == other._l2 && _l3 == other._l3;

    public static FieldElement Select(ulong mask, in FieldElement whenSet, in FieldElement whenNot) => new(
        Limbs.Select(mask, whenSet._l0, whenNot._l0), Limbs.Select(mask, whenSet._l1, whenNot._l1),
        Limbs.Select(mask, whenSet._l2, whenNot._l2), Limbs.Select(mask, whenSet._l3, whenNot._l3));

    public static FieldElement operator +(in FieldElement a, in FieldElement b)
    {
        ulong carry = 0;
        var r0 = Limbs.Add(a._l0, b._l0, ref carry);
        var r1 = Limbs.Add(a._l1, b._l1, ref carry);
        var r2 = Limbs.Add(a._l2, b._l2, ref carry);
        var r3 = Limbs.Add(a._l3, b._l3, ref carry);
        return Reduce(r0, r1, r2, r3, carry);
    }

    public static FieldElement operator -(in FieldElement a, in FieldElement b)
    {
        ulong borrow = 0;
        var r0 = Limbs.Subtract(a._l0, b._l0, ref borrow);
        var r1 = Limbs.Subtract(a._l1, b._l1, ref borrow);
        var r2 = Limbs.Subtract(a._l2, b._l2, ref borrow);
        var r3 = Limbs.Subtract(a._l3, b._l3, ref borrow);
        // What was borrowed is 2²⁵⁶; p is less than that by the fold.
        var excess = Fold & Limbs.Mask(borrow);
        borrow = 0;
        r0 = Limbs.Subtract(r0, excess, ref borrow);
        r1 = Limbs.Subtract(r1, 0, ref borrow);
        r2 = Limbs.Subtract(r2, 0, ref borrow);
        r3 = Limbs.Subtract(r3, 0, ref borrow);
        return new FieldElement(r0, r1, r2, r3);
    }

    public static FieldElement operator -(in FieldElement a) => Zero - a;

    public static FieldElement operator *(in FieldElement a, in FieldElement b)
    {
        ulong carry = 0;
        var r0 = Limbs.MultiplyAdd(a._l0, b._l0, 0, ref carry);
        var r1 = Limbs.MultiplyAdd(a._l1, b._l0, 0, ref carry);
        var r2 = Limbs.MultiplyAdd(a._l2, b._l0, 0, ref carry);
        var r3 = Limbs.MultiplyAdd(a._l3, b._l0, 0, ref carry);
        var r4 = carry;
        carry = 0;
        r1 = Limbs.MultiplyAdd(a._l0, b._l1, r1, ref carry);
        r2 = Limbs.MultiplyAdd(a._l1, b._l1, r2, ref carry);
        r3 = Limbs.MultiplyAdd(a._l2, b._l1, r3, ref carry);
        r4 = Limbs.MultiplyAdd(a._l3, b._l1, r4, ref carry);
        var r5 = carry;
        carry = 0;
        r2 = Limbs.MultiplyAdd(a._l0, b._l2, r2, ref carry);
        r3 = Limbs.MultiplyAdd(a._l1, b._l2, r3, ref carry);
        r4 = Limbs.MultiplyAdd(a._l2, b._l2, r4, ref carry);
        r5 = Limbs.MultiplyAdd(a._l3, b._l2, r5, ref carry);
        var r6 = carry;
        carry = 0;
        r3 = Limbs.MultiplyAdd(a._l0, b._l3, r3, ref carry);
        r4 = Limbs.MultiplyAdd(a._l1, b._l3, r4, ref carry);
        r5 = Limbs.MultiplyAdd(a._l2, b._l3, r5, ref carry);
        r6 = Limbs.MultiplyAdd(a._l3, b._l3, r6, ref carry);
        var r7 = carry;

        // The upper half is worth the fold.
        carry = 0;
        r0 = Limbs.MultiplyAdd(r4, Fold, r0, ref carry);
        r1 = Limbs.MultiplyAdd(r5, Fold, r1, ref carry);
        r2 = Limbs.MultiplyAdd(r6, Fold, r2, ref carry);
        r3 = Limbs.MultiplyAdd(r7, Fold, r3, ref carry);
        return FoldTop(r0, r1, r2, r3, carry);
    }

    public FieldElement Square() => this * this;

    /// <summary>Times a number of at most 2³².</summary>
    public FieldElement Times(uint factor)
    {
        ulong carry = 0;
        var r0 = Limbs.MultiplyAdd(_l0, factor, 0, ref carry);
        var r1 = Limbs.MultiplyAdd(_l1, factor, 0, ref carry);
        var r2 = Limbs.MultiplyAdd(_l2, factor, 0, ref carry);
        var r3 = Limbs.MultiplyAdd(_l3, factor, 0, ref carry);
        return FoldTop(r0, r1, r2, r3, carry);
    }

    /// <summary>1/x by Fermat: x to the power of p − 2. Zero stays zero.</summary>
    public FieldElement Inverse()
    {
        Ladder(out var x2, out var x22, out var x223);
        var power = (x223.SquareTimes(23) * x22).SquareTimes(5) * this;
        return (power.SquareTimes(3) * x2).SquareTimes(2) * this;
    }

    /// <summary>A root by the power of (p + 1)/4, for p mod 4 = 3; false where there is none.</summary>
    public bool TrySquareRoot(out FieldElement root)
    {
        Ladder(out var x2, out var x22, out var x223);
        root = ((x223.SquareTimes(23) * x22).SquareTimes(6) * x2).SquareTimes(2);
        return root.Square().EqualsVariable(this);
    }

    /// <summary>Powers of 2ⁿ − 1, n in the name: both exponents begin with 223 ones, a zero and 22 ones.</summary>
    private void Ladder(out FieldElement x2, out FieldElement x22, out FieldElement x223)
    {
        x2 = Square() * this;
        var x3 = x2.Square() * this;
        var x6 = x3.SquareTimes(3) * x3;
        var x9 = x6.SquareTimes(3) * x3;
        var x11 = x9.SquareTimes(2) * x2;
        x22 = x11.SquareTimes(11) * x11;
        var x44 = x22.SquareTimes(22) * x22;
        var x88 = x44.SquareTimes(44) * x44;
        var x176 = x88.SquareTimes(88) * x88;
        var x220 = x176.SquareTimes(44) * x44;
        x223 = x220.SquareTimes(3) * x3;
    }

    private FieldElement SquareTimes(int times)
    {
        var value = this;
        for (var i = 0; i < times; i++) value = value.Square();
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement FoldTop(ulong r0, ulong r1, ulong r2, ulong r3, ulong top)
    {
        var high = Math.BigMul(top, Fold, out var low);
        ulong carry = 0;
        r0 = Limbs.Add(r0, low, ref carry);
        r1 = Limbs.Add(r1, high, ref carry);
        r2 = Limbs.Add(r2, 0, ref carry);
        r3 = Limbs.Add(r3, 0, ref carry);
        return Reduce(r0, r1, r2, r3, carry);
    }

    /// <summary>Of a value below 2p, its bit 256 apart: subtracts p, by adding the fold, where it is p or more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement Reduce(ulong r0, ulong r1, ulong r2, ulong r3, ulong top)
    {
        ulong carry = 0;
        var s0 = Limbs.Add(r0, Fold, ref carry);
        var s1 = Limbs.Add(r1, 0, ref carry);
        var s2 = Limbs.Add(r2, 0, ref carry);
        var s3 = Limbs.Add(r3, 0, ref carry);
        var mask = Limbs.Mask(top | carry);
        return new FieldElement(
            Limbs.Select(mask, s0, r0), Limbs.Select(mask, s1, r1), Limbs.Select(mask, s2, r2), Limbs.Select(mask, s3, r3));
    }
}
