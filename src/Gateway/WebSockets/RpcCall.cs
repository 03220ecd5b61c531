using Sluice.Gateway.Upstreams;

namespace Sluice.Gateway.WebSockets;

/// <summary>A call on a JSON-RPC socket that waits for its answer.</summary>
/// <param name="Entry">Its own.</param>
/// <param name="ClientId">The id as the client wrote it.</param>
/// <param name="Batch">The batch that it came in, or null.</param>
/// <param name="Slot">Its place there.</param>
/// <param name="Subscribes">Whether its result is a new subscription's id.</param>
/// <param name="Ends">The subscription that it ends, as it was written, or null.</param>
internal sealed record RpcCall(Entry Entry, byte[] ClientId, RpcBatch? Batch, int Slot, bool Subscribes, string? Ends)
{
    public long SentMs { get; } = Environment.TickCount64;
}

/// <summary>The answers of a batch on a socket: they go down together, in the order of the requests.</summary>
internal sealed class RpcBatch(int count)
{
    private readonly byte[]?[] _answers = new byte[]?[count];
    private readonly Lock _gate = new();
    private int _open = count;

    /// <summary>Takes an answer, or null where none is due. The whole message once all are there and one is due.</summary>
    public byte[]? Put(int slot, ReadOnlySpan<byte> answer)
    {
        lock (_gate)
        {
            if (!answer.IsEmpty) _answers[slot] = answer.ToArray();
            if (--_open > 0) return null;
        }
        var whole = new ByteBuffer();
        foreach (var one in _answers)
        {
            if (one is null) continue;
            whole.Append(whole.Length == 0 ? "["u8 : ","u8);
            whole.Append(one);
        }
        if (whole.Length == 0) return null;
        whole.Append("]"u8);
        return whole.Span.ToArray();
    }
}
