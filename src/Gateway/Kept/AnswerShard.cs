namespace Sluice.Gateway.Kept;

/// <summary>
/// A part of the kept answers with a lock of its own, held for a look-up and never while bytes are copied. Room is made by
/// second chance: a hand goes round and drops what was not asked for since it last passed.
/// </summary>
internal sealed class AnswerShard(long bytesMax)
{
    private readonly Lock _gate = new();
    private KeptAnswer?[] _buckets = new KeptAnswer?[16];
    private KeptAnswer? _hand;
    private KeptAnswer? _swept;
    private int _count;
    private long _bytes;
    private long _hits;
    private long _waiting;
    private long _joined;
    private long _misses;
    private long _evicted;

    public AnswerCounts Counts
    {
        get
        {
            lock (_gate) return new AnswerCounts(_hits, _joined, _misses, _evicted, _count, _bytes, _waiting);
        }
    }

    /// <summary>What there is to a question. Where nothing is, the call leads.</summary>
    public Finding Find(in AnswerKey key, long now, long joinUntil)
    {
        lock (_gate)
        {
            var found = _buckets[key.Hash & (_buckets.Length - 1)];
            while (found is not null && !found.Answers(key)) found = found.NextInBucket;
            if (found is not null && now < found.Until)
            {
                found.Used = true;
                if (found.IsThere)
                {
                    _hits++;
                    return new Finding(found, null, null);
                }
                found.Follow();
                _waiting++;
                return new Finding(null, found, null);
            }
            _misses++;
            // Too old, or a leading call that takes too long: this one leads from here on.
            if (found is not null) Remove(found);
            if (key.Parameters.Length + KeptAnswer.OverheadBytes > bytesMax) return default;
            var leads = new KeptAnswer(key, joinUntil);
            Add(leads);
            MakeRoom(now);
            return new Finding(null, null, leads);
        }
    }

    /// <summary>Makes the answer known until a time, unless it was dropped meanwhile.</summary>
    public void Keep(KeptAnswer led, in Filling with, long until, long now)
    {
        lock (_gate)
        {
            led.Fill(with.Body, with.IdAt, with.Outcome, with.RpcErrorCode);
            if (led.Held && led.Bytes + with.Body.Length > bytesMax) Remove(led);
            if (led.Held)
            {
                led.Until = until;
                led.Used = false;
                led.Bytes += with.Body.Length;
                _bytes += with.Body.Length;
                MakeRoom(now);
            }
        }
        led.Release();
    }

    /// <summary>Forgets a question; nobody can join it after that.</summary>
    public void Drop(KeptAnswer led)
    {
        lock (_gate)
            if (led.Held) Remove(led);
    }

    /// <summary>Counts a call that waited for another one.</summary>
    public void Followed(bool answered)
    {
        lock (_gate)
        {
            _waiting--;
            (_joined, _misses) = answered ? (_joined + 1, _misses) : (_joined, _misses + 1);
        }
    }

    /// <summary>Drops answers that are too old, looking at no more than so many.</summary>
    public void Sweep(long now, int steps)
    {
        lock (_gate)
        {
            _swept ??= _hand;
            for (; steps > 0 && _swept is { } at; steps--)
            {
                _swept = at.After;
                if (now >= at.Until && at.IsThere) Remove(at);
            }
        }
    }

    private void Add(KeptAnswer one)
    {
        if (_count == _buckets.Length) Grow();
        ref var bucket = ref _buckets[one.Hash & (_buckets.Length - 1)];
        (one.NextInBucket, bucket) = (bucket, one);
        // Right behind the hand: it is looked at last.
        if (_hand is null) _hand = one.Before = one.After = one;
        else
        {
            (one.Before, one.After) = (_hand.Before, _hand);
            one.Before.After = one.After.Before = one;
        }
        one.Held = true;
        _count++;
        _bytes += one.Bytes;
    }

    private void Remove(KeptAnswer one)
    {
        ref var at = ref _buckets[one.Hash & (_buckets.Length - 1)];
        while (at != one) at = ref at!.NextInBucket;
        at = one.NextInBucket;
        var alone = one.After == one;
        if (_hand == one) _hand = alone ? null : one.After;
        if (_swept == one) _swept = alone ? null : one.After;
        (one.Before.After, one.After.Before) = (one.After, one.Before);
        // What is dropped may live on with those who wait for it, and must not keep its old neighbours alive.
        one.NextInBucket = null;
        one.Before = one.After = one;
        one.Held = false;
        _count--;
        _bytes -= one.Bytes;
    }

    private void MakeRoom(long now)
    {
        while (_bytes > bytesMax)
        {
            var at = _hand!;
            _hand = at.After;
            var old = now >= at.Until;
            if (at.Used && !old)
            {
                at.Used = false;
                continue;
            }
            Remove(at);
            if (!old) _evicted++;
        }
    }

    private void Grow()
    {
        var larger = new KeptAnswer?[_buckets.Length * 2];
        foreach (var first in _buckets)
        {
            for (var one = first; one is not null;)
            {
                var next = one.NextInBucket;
                ref var bucket = ref larger[one.Hash & (larger.Length - 1)];
                (one.NextInBucket, bucket) = (bucket, one);
                one = next;
            }
        }
        _buckets = larger;
    }
}

/// <summary>What a shard did, and what it holds.</summary>
internal readonly record struct AnswerCounts(
    long Hits, long Joined, long Misses, long Evicted, long Answers, long Bytes, long Waiting)
{
    public static AnswerCounts operator +(AnswerCounts a, AnswerCounts b) => new(
        a.Hits + b.Hits, a.Joined + b.Joined, a.Misses + b.Misses, a.Evicted + b.Evicted, a.Answers + b.Answers,
        a.Bytes + b.Bytes, a.Waiting + b.Waiting);
}
