using FsCheck;
using FsCheck.Fluent;
using Sluice.Platform.Jobs.Inside;
using Xunit;

namespace Sluice.Unit.Platform.Jobs;

public sealed class BackoffProperties
{
    [Fact]
    public void Wait_is_bounded_and_never_shorter_for_a_later_attempt_when_chance_is_the_same()
    {
        var cases =
            from attempt in Gen.Choose(1, 200)
            from first in Gen.Choose(0, 100_000)
            from longest in Gen.Choose(1, 10_000_000)
            from jitter in Gen.Choose(0, 100)
            from chance in Gen.Choose(0, 1000)
            select (attempt, First: TimeSpan.FromMilliseconds(first), Longest: TimeSpan.FromMilliseconds(longest), Jitter: jitter / 100.0,
                Chance: chance / 1000.0);
        Law.Holds(100, Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var wait = Backoff.After(c.attempt, c.First, c.Longest, c.Jitter, c.Chance);
            var later = Backoff.After(c.attempt + 1, c.First, c.Longest, c.Jitter, c.Chance);
            return wait >= TimeSpan.Zero && wait <= c.Longest * (1 + c.Jitter) + TimeSpan.FromTicks(10) && later >= wait;
        }));
    }

    [Theory]
    [InlineData(1, 0.5, 10)]
    [InlineData(2, 0.5, 20)]
    [InlineData(4, 0.5, 60)]
    [InlineData(1, 0, 8)]
    [InlineData(1, 1, 12)]
    [InlineData(int.MaxValue, 0.5, 60)]
    public void Wait_doubles_up_to_the_longest_and_chance_spreads_it(int attempt, double chance, double seconds) => Assert.Equal(
        seconds, Backoff.After(attempt, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60), 0.2, chance).TotalSeconds, 6);
}
