using Xunit;

namespace Sluice.Unit;

/// <summary>Bytes that code allocates on its own thread.</summary>
internal static class Allocated
{
    private const int Rounds = 5;

    /// <summary>
    /// The least of several rounds. What the runtime allocates for itself meanwhile, as it compiles a method anew or
    /// fills a cache, falls into one of them; what the code allocates, into all.
    /// </summary>
    public static long Least(int times, Action code)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < times; i++) code();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}

public sealed class AllocatedTests
{
    private object? _kept;

    [Fact]
    public void What_every_call_allocates_is_seen_and_what_one_call_allocates_is_not()
    {
        Assert.InRange(Allocated.Least(100, () => _kept = new byte[32]), 3_200, 10_000);
        _kept = null;
        Assert.Equal(0, Allocated.Least(100, () => _kept ??= new byte[32]));
    }
}
