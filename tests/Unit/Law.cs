using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Sluice.Unit;

/// <summary>Properties that hold for whatever comes: silent while they do, a counterexample when one does not.</summary>
internal static class Law
{
    public static void Holds(this Property property) => Holds(100, property);

    public static void Holds(int tests, Property property) =>
        Check.One(Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(tests), property);
}

public sealed class LawTests
{
    [Fact]
    public void Law_that_does_not_hold_throws_its_counterexample()
    {
        var small = Prop.ForAll(Gen.Elements(7).ToArbitrary(), number => number < 7);
        Assert.Contains("Falsifiable", Assert.ThrowsAny<Exception>(() => small.Holds()).Message, StringComparison.Ordinal);
        Assert.Matches(@"\b7\b", Assert.ThrowsAny<Exception>(() => Law.Holds(1, small)).Message);
    }
}
