using Sluice.Gateway.Snapshot;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway.Kept;

/// <summary>
/// The answers that this process keeps, and those that calls under way will bring. Bounded in bytes; in shards, so that
/// calls seldom meet.
/// </summary>
internal sealed class AnswerStore
{
    private const int ShardsMax = 16;
    private const int SweepSteps = 256;

    private readonly AnswerShard[] _shards;
    private readonly int _shardBits;
    private readonly TimeProvider _time;

    public AnswerStore(GatewayOptions options, TimeProvider time)
    {
        _time = time;
        // A shard has room for several of the largest answers, so a small store has few of them.
        while (1 << _shardBits < ShardsMax && options.RecallBytesMax >> (_shardBits + 1) >= 4L * options.RecallAnswerBytesMax)
            _shardBits++;
        var bytesMax = options.RecallBytesMax >> _shardBits;
        AnswerBytesMax = (int)Math.Min(options.RecallAnswerBytesMax, bytesMax);
        _shards = new AnswerShard[options.RecallBytesMax == 0 ? 0 : 1 << _shardBits];
        for (var i = 0; i < _shards.Length; i++) _shards[i] = new AnswerShard(bytesMax);
    }

    /// <summary>The largest answer that is kept.</summary>
    public int AnswerBytesMax { get; }

    public AnswerCounts Counts
    {
        get
        {
            var all = default(AnswerCounts);
            foreach (var shard in _shards) all += shard.Counts;
            return all;
        }
    }

    /// <summary>What there is to a question, and what the call is to do.</summary>
    public Finding Find(long generation, Method method, ReadOnlySpan<byte> parameters, int joinMs)
    {
        if (_shards.Length == 0) return default;
        var key = new AnswerKey(generation, method, parameters);
        var now = _time.GetTimestamp();
        return ShardOf(key.Hash).Find(key, now, now + Ticks(joinMs));
    }

    /// <summary>Keeps the answer for a time, and gives it to those who wait.</summary>
    public void Keep(KeptAnswer led, ReadOnlySpan<byte> answer, Range id, int ttlMs)
    {
        var now = _time.GetTimestamp();
        var (at, length) = id.GetOffsetAndLength(answer.Length);
        ShardOf(led.Hash).Keep(
            led, new Filling(Without(answer, at, length), at, Outcome.Answered, 0), now + Ticks(ttlMs), now);
    }

    /// <summary>
    /// Gives the answer to those who wait, and to nobody later. It may be of any size: it takes less than if each had got it.
    /// </summary>
    public void Share(KeptAnswer led, ReadOnlySpan<byte> answer, Range id, Outcome outcome, int rpcErrorCode)
    {
        ShardOf(led.Hash).Drop(led);
        if (!led.IsFollowed) return;
        var (at, length) = id.GetOffsetAndLength(answer.Length);
        led.Fill(Without(answer, at, length), at, outcome, rpcErrorCode);
        led.Release();
    }

    /// <summary>There is nothing to give: those who wait go on by themselves.</summary>
    public void Fail(KeptAnswer led)
    {
        ShardOf(led.Hash).Drop(led);
        led.Release();
    }

    /// <summary>Counts a call that waited for another one, by whether that had something to give.</summary>
    public void Followed(KeptAnswer led, bool answered) => ShardOf(led.Hash).Followed(answered);

    /// <summary>Lets go of some of what is too old. To be called now and then.</summary>
    public void Sweep()
    {
        var now = _time.GetTimestamp();
        foreach (var shard in _shards) shard.Sweep(now, SweepSteps);
    }

    private AnswerShard ShardOf(int hash) => _shards[(int)((ulong)(uint)hash << _shardBits >> 32)];

    private long Ticks(int ms) => ms * _time.TimestampFrequency / 1000;

    private static byte[] Without(ReadOnlySpan<byte> answer, int at, int length)
    {
        var rest = new byte[answer.Length - length];
        answer[..at].CopyTo(rest);
        answer[(at + length)..].CopyTo(rest.AsSpan(at));
        return rest;
    }
}

/// <summary>What there is to a question: one of the three, or nothing, and then the call is on its own.</summary>
/// <param name="Kept">The answer is there.</param>
/// <param name="Follows">
/// It is to come: whoever finds this must say by <see cref="AnswerStore.Followed"/> when it no longer waits.
/// </param>
/// <param name="Leads">
/// This call is to get it, others may wait for it, and it must end in one of <see cref="AnswerStore.Keep"/>,
/// <see cref="AnswerStore.Share"/> and <see cref="AnswerStore.Fail"/>.
/// </param>
internal readonly record struct Finding(KeptAnswer? Kept, KeptAnswer? Follows, KeptAnswer? Leads);

/// <summary>What a leading call brought: the answer without its id, and where that stood.</summary>
internal readonly record struct Filling(byte[] Body, int IdAt, Outcome Outcome, int RpcErrorCode);
