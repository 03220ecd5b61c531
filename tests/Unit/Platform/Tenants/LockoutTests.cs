using FsCheck;
using FsCheck.Fluent;
using Sluice.Platform.Tenants.Inside.SignIn;
using Xunit;

namespace Sluice.Unit.Platform.Tenants;

public sealed class LockoutTests
{
    private static readonly DateTimeOffset Begin = new(2030, 1, 15, 12, 0, 0, TimeSpan.Zero);

    private static readonly Lockout Five = new(5, TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(15));

    private static readonly Gen<Lockout> Limits =
        from free in Gen.Choose(1, 50)
        from first in Gen.Choose(1, 60)
        from longest in Gen.Choose(60, 3600)
        from forget in Gen.Choose(1, 3600)
        select new Lockout(free, TimeSpan.FromSeconds(first), TimeSpan.FromSeconds(longest), TimeSpan.FromSeconds(forget));

    // Seconds between attempts of somebody who does not give up.
    private static readonly Gen<int[]> Pauses = Gen.ArrayOf(Gen.Frequency((5, Gen.Choose(0, 3)), (3, Gen.Choose(0, 120)), (1, Gen.Choose(0, 20_000))));

    [Fact]
    public void Wait_begins_after_the_free_attempts_and_doubles_up_to_the_longest()
    {
        var (tally, at) = (default(Tally), Begin);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(TimeSpan.Zero, Five.Wait(tally, at));
            tally = Five.Take(tally, at);
        }
        List<double> waits = [];
        for (var i = 0; i < 8; i++)
        {
            var wait = Five.Wait(tally, at);
            waits.Add(wait.TotalSeconds);
            at += wait;
            tally = Five.Take(tally, at);
        }
        Assert.Equal([15, 30, 60, 120, 240, 480, 900, 900], waits);
    }

    [Fact]
    public void An_attacker_of_one_account_has_about_a_hundred_guesses_a_day()
    {
        var (tally, at, taken) = (default(Tally), Begin, 0);
        while (at < Begin.AddDays(1))
        {
            tally = Five.Take(tally, at);
            taken++;
            at += Five.Wait(tally, at);
        }
        Assert.InRange(taken, 90, 110);
    }

    [Fact]
    public void Wait_is_never_longer_than_the_longest_and_passes_by_itself() => Prop.ForAll(
        Gen.Zip(Limits, Pauses).ToArbitrary(), given =>
        {
            var (limit, pauses) = given;
            var (tally, at) = (default(Tally), Begin);
            foreach (var pause in pauses)
            {
                at = at.AddSeconds(pause);
                var wait = limit.Wait(tally, at);
                if (wait > limit.Longest || limit.Wait(tally, at + wait) != TimeSpan.Zero) return false;
                if (wait == TimeSpan.Zero) tally = limit.Take(tally, at);
            }
            return true;
        }).Holds();

    [Fact]
    public void Whoever_waits_as_told_never_makes_more_than_the_free_attempts_without_a_wait() => Prop.ForAll(
        Gen.Zip(Limits, Pauses).ToArbitrary(), given =>
        {
            var (limit, pauses) = given;
            var (tally, at, withoutWait) = (default(Tally), Begin, 0);
            // As fast as allowed within one period, in which nothing is forgotten.
            foreach (var _ in pauses)
            {
                var wait = limit.Wait(tally, at);
                if (wait == TimeSpan.Zero) withoutWait++;
                at += wait;
                if (at - Begin >= limit.Forget) break;
                tally = limit.Take(tally, at);
            }
            return withoutWait <= limit.Free;
        }).Holds();

    [Fact]
    public void Everything_is_forgotten_in_time_and_not_before() => Prop.ForAll(
        Gen.Zip(Limits, Gen.Choose(1, 200)).ToArbitrary(), given =>
        {
            var (limit, attempts) = given;
            var tally = default(Tally);
            for (var i = 0; i < attempts; i++) tally = limit.Take(tally, Begin);
            var end = limit.ForgottenAt(tally);
            return limit.Left(tally, end) == 0 && limit.Left(tally, end.AddTicks(-1)) == 1
                && limit.Left(tally, Begin) == tally.Count;
        }).Holds();

    [Fact]
    public void One_attempt_more_never_shortens_the_wait() => Prop.ForAll(
        Gen.Zip(Limits, Gen.Zip(Gen.Choose(0, 100), Gen.Choose(0, 10_000))).ToArbitrary(), given =>
        {
            var (limit, (attempts, later)) = given;
            var (tally, at) = (default(Tally), Begin.AddSeconds(later));
            for (var i = 0; i < attempts; i++) tally = limit.Take(tally, Begin);
            return limit.Wait(limit.Take(tally, at), at) >= limit.Wait(tally, at);
        }).Holds();

    [Fact]
    public void A_clock_that_goes_back_counts_on()
    {
        var tally = default(Tally);
        for (var i = 0; i < 6; i++) tally = Five.Take(tally, Begin);
        var back = Five.Take(tally, Begin.AddMinutes(-5));
        Assert.Equal(new Tally(7, Begin), back);
        Assert.True(Five.Wait(back, Begin.AddMinutes(-5)) > TimeSpan.Zero);
    }
}
