using System.Runtime.CompilerServices;

namespace Sluice.Chains.Signatures;

/// <summary>Arithmetic on 64-bit limbs with a carry. No branch depends on a value.</summary>
internal static class Limbs
{
    /// <summary>The low half of a·b + c + carry; the high half is the new carry. Never overflows 128 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong MultiplyAdd(ulong a, ulong b, ulong c, ref ulong carry)
    {
        var high = Math.BigMul(a, b, out var low);
        low += c;
        high += Less(low, c);
        low += carry;
        high += Less(low, carry);
        carry = high;
        return low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Add(ulong a, ulong b, ref ulong carry)
    {
        var sum = a + b;
        var over = Less(sum, a);
        sum += carry;
        carry = over + Less(sum, carry);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Subtract(ulong a, ulong b, ref ulong borrow)
    {
        var difference = a - b;
        var under = Less(a, b);
        var result = difference - borrow;
        borrow = under + Less(difference, borrow);
        return result;
    }

    /// <summary>All bits set where the bit is 1, none where it is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mask(ulong bit) => 0 - bit;

    /// <summary>1 where the value is zero, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong IsZero(ulong value) => ((value | (0 - value)) >> 63) ^ 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Select(ulong mask, ulong whenSet, ulong whenNot) => whenNot ^ (mask & (whenSet ^ whenNot));

    // Compiled to a compare and a set, without a branch.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Less(ulong a, ulong b) => a < b ? 1UL : 0UL;
}
