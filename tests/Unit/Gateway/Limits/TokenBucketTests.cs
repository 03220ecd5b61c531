using FsCheck;
using FsCheck.Fluent;
using Sluice.Gateway.Limits;
using Xunit;

namespace Sluice.Unit.Gateway.Limits;

public sealed class TokenBucketTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Bucket_gives_one_seconds_worth_at_once_and_then_refuses()
    {
        var bucket = new TokenBucket();
        for (var i = 0; i < 10; i++) Assert.True(bucket.TryTake(1, 10, Second, out _));
        Assert.False(bucket.TryTake(1, 10, Second, out var wait));
        Assert.Equal(Second / 10, wait);
        Assert.True(bucket.TryTake(1, 10, Second + wait, out _));
    }

    [Fact]
    public void Bucket_lets_a_call_dearer_than_itself_pass_when_it_is_full()
    {
        var bucket = new TokenBucket();
        Assert.True(bucket.TryTake(500, 100, Second, out _));
        Assert.False(bucket.TryTake(1, 100, Second, out _));
        Assert.True(bucket.TryTake(1, 100, 6 * Second, out _));
    }

    [Fact]
    public void Bucket_gives_nothing_when_its_rate_is_zero()
    {
        var bucket = new TokenBucket();
        Assert.False(bucket.TryTake(1, 0, Second, out var wait));
        Assert.Equal(Second, wait);
        bucket.PutBack(1, 0);
        Assert.Equal(0, bucket.Left(0, Second));
    }

    [Fact]
    public void Bucket_has_back_what_was_put_back()
    {
        var bucket = new TokenBucket();
        Assert.True(bucket.TryTake(10, 10, Second, out _));
        bucket.PutBack(10, 10);
        Assert.True(bucket.TryTake(10, 10, Second, out _));
    }

    [Fact]
    public void Bucket_never_gives_more_than_its_rate_and_one_burst()
    {
        var steps = Gen.Choose(0, 200).ArrayOf();
        Prop.ForAll(steps.ToArbitrary(), Gen.Choose(1, 50).ToArbitrary(), (waits, rate) =>
        {
            var bucket = new TokenBucket();
            var (now, taken) = (Second, 0L);
            foreach (var wait in waits)
            {
                now += wait * 1_000_000L;
                while (bucket.TryTake(1, rate, now, out _)) taken++;
            }
            return taken <= rate + ((now - Second) * rate / Second);
        }).Holds();
    }

    [Fact]
    public void Bucket_is_exact_when_threads_take_at_once()
    {
        var bucket = new TokenBucket();
        var taken = 0;
        Parallel.For(0, 1000, _ =>
        {
            if (bucket.TryTake(1, 100, Second, out var ignored)) Interlocked.Increment(ref taken);
        });
        Assert.Equal(100, taken);
    }
}
