namespace Sluice.Gateway.Upstreams;

/// <summary>Which upstream takes a call: the less loaded of two picked at random among those that are well.</summary>
internal static class Choice
{
    /// <param name="upstreams">All of a service.</param>
    /// <param name="tried">Bit i is set when upstream i has had this call already.</param>
    /// <param name="nowMs">Tick count.</param>
    /// <returns>Its index, or -1 when each one was tried or there is none.</returns>
    public static int Pick(Upstream[] upstreams, ulong tried, long nowMs)
    {
        if (upstreams.Length == 1) return tried == 0 ? 0 : -1;
        var well = Mask(upstreams, tried, nowMs);
        // With none well, an unwell one is still better than a refusal: what put it out may be over.
        if (well == 0) well = Untried(upstreams.Length, tried);
        if (well == 0) return -1;
        var count = System.Numerics.BitOperations.PopCount(well);
        var first = Nth(well, Random.Shared.Next(count));
        if (count == 1) return first;
        var second = Nth(well & ~(1UL << first), Random.Shared.Next(count - 1));
        return upstreams[second].InFlight < upstreams[first].InFlight ? second : first;
    }

    private static ulong Mask(Upstream[] upstreams, ulong tried, long nowMs)
    {
        var mask = 0UL;
        for (var i = 0; i < Math.Min(upstreams.Length, 64); i++)
            if ((tried & (1UL << i)) == 0 && upstreams[i].IsWell(nowMs)) mask |= 1UL << i;
        return mask;
    }

    private static ulong Untried(int length, ulong tried) =>
        (length >= 64 ? ulong.MaxValue : (1UL << length) - 1) & ~tried;

    private static int Nth(ulong mask, int n)
    {
        for (; n > 0; n--) mask &= mask - 1;
        return System.Numerics.BitOperations.TrailingZeroCount(mask);
    }
}
