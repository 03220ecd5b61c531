using System.Numerics;

namespace Sluice.Gateway.Upstreams;

/// <summary>
/// Connections that wait for their next call, the last used on top: it is warm in the caches, and what only a burst
/// needed grows old below. The answers of a connection come on one socket thread, always the same, so every thread has
/// a stack of its own, and a call that finds one there begins and ends on one thread.
/// </summary>
internal sealed class IdleConnections
{
    // Twice the processors, as there are socket threads. Other threads share the stacks.
    private static readonly int _stackCount = (int)BitOperations.RoundUpToPowerOf2((uint)(2 * Environment.ProcessorCount));
    private static int _threads;

    [ThreadStatic] private static int _thread;

    private readonly Stack[] _stacks = [.. Enumerable.Range(0, _stackCount).Select(_ => new Stack())];

    /// <summary>A number of the thread that asks, the same as long as it lives.</summary>
    public static int ThisThread => _thread != 0 ? _thread : _thread = Interlocked.Increment(ref _threads);

    /// <summary>The last one given back on this thread, else one of another thread; null when none is idle.</summary>
    public Http1Connection? Take(int thread)
    {
        for (var i = 0; i < _stacks.Length; i++)
            if (_stacks[(thread + i) & (_stacks.Length - 1)].Pop() is { } connection) return connection;
        return null;
    }

    /// <param name="connection">One whose last answer ended cleanly.</param>
    /// <param name="thread">The thread on which that answer came.</param>
    public void GiveBack(Http1Connection connection, int thread) => _stacks[thread & (_stacks.Length - 1)].Push(connection);

    /// <summary>One that has been idle since before <paramref name="time"/>, or null when there is none.</summary>
    public Http1Connection? TakeIdleSince(long time)
    {
        foreach (var stack in _stacks)
            if (stack.TakeOldest(time) is { } connection) return connection;
        return null;
    }

    private sealed class Stack
    {
        private readonly Lock _lock = new();
        private readonly List<Http1Connection> _connections = [];

        public Http1Connection? Pop()
        {
            lock (_lock)
            {
                if (_connections.Count == 0) return null;
                var top = _connections[^1];
                _connections.RemoveAt(_connections.Count - 1);
                return top;
            }
        }

        public void Push(Http1Connection connection)
        {
            lock (_lock) _connections.Add(connection);
        }

        public Http1Connection? TakeOldest(long before)
        {
            lock (_lock)
            {
                if (_connections.Count == 0 || _connections[0].IdleSince >= before) return null;
                var oldest = _connections[0];
                _connections.RemoveAt(0);
                return oldest;
            }
        }
    }
}
