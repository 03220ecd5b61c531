using Sluice.Gateway.Snapshot;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway.Kept;

/// <summary>
/// The answer to one question of one service: there, or still to come from the call that leads. It is filled at most once,
/// and its bytes are its own and never change, so that they are read without a lock, also after it was dropped.
/// </summary>
internal sealed class KeptAnswer(in AnswerKey key, long until)
{
    /// <summary>What an answer costs in memory besides its bytes: this object, two arrays, its place in the table.</summary>
    public const int OverheadBytes = 208;

    private readonly long _generation = key.Generation;
    private readonly string _method = key.Method.Name;
    private readonly byte[] _parameters = key.Parameters.ToArray();
    private byte[]? _body;
    private int _idAt;
    private TaskCompletionSource? _over;

    public readonly int Hash = key.Hash;

    /// <summary>Until it is there: how long it may be joined. Then: how long it may be given out. A timestamp.</summary>
    public long Until = until;

    public Outcome Outcome { get; private set; }
    public int RpcErrorCode { get; private set; }

    // These belong to the shard that holds it, under its lock.
    public KeptAnswer? NextInBucket;
    public KeptAnswer Before = null!;
    public KeptAnswer After = null!;
    public bool Held;
    /// <summary>Whether it was asked for since the clock's hand last passed.</summary>
    public bool Used = true;
    public int Bytes = key.Parameters.Length + OverheadBytes;

    public bool IsThere => Volatile.Read(ref _body) is not null;

    /// <summary>Bytes of the answer without its id; only once it is there.</summary>
    public int Length => _body!.Length;

    public bool Answers(in AnswerKey key) =>
        Hash == key.Hash && _generation == key.Generation && key.Parameters.SequenceEqual(_parameters)
        && _method == key.Method.Name;

    /// <summary>Puts another id where the leading call's stood. Only once it is there.</summary>
    public void WriteTo(Upstreams.ByteBuffer body, ReadOnlySpan<byte> id)
    {
        var kept = _body.AsSpan();
        body.Clear();
        body.Append(kept[.._idAt]);
        body.Append(id);
        body.Append(kept[_idAt..]);
    }

    /// <summary>Called once, by the leading call.</summary>
    public void Fill(byte[] body, int idAt, Outcome outcome, int rpcErrorCode)
    {
        (_idAt, Outcome, RpcErrorCode) = (idAt, outcome, rpcErrorCode);
        Volatile.Write(ref _body, body);
    }

    /// <summary>Under the shard's lock, while it is still to come: somebody will wait.</summary>
    public void Follow() => _over ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the leading call is over, well or not. Only after <see cref="Follow"/>.</summary>
    public Task Over => _over!.Task;

    /// <summary>Lets the followers go on; after the last change.</summary>
    public void Release() => _over?.TrySetResult();

    public bool IsFollowed => _over is not null;
}

/// <summary>What a question is told apart by: the service as it is now, the method, and the params byte for byte.</summary>
internal readonly ref struct AnswerKey
{
    public AnswerKey(long generation, Method method, ReadOnlySpan<byte> parameters)
    {
        Generation = generation;
        Method = method;
        Parameters = parameters;
        // Seeded anew by every process, so nobody can steer questions into one place.
        var hash = new HashCode();
        hash.Add(generation);
        hash.Add(method.JournalName);
        hash.AddBytes(parameters);
        Hash = hash.ToHashCode();
    }

    public long Generation { get; }
    public Method Method { get; }
    public ReadOnlySpan<byte> Parameters { get; }
    public int Hash { get; }
}
