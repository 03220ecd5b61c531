using System.Net.Sockets;
using Sluice.Gateway.Upstreams;
using Xunit;

namespace Sluice.Unit.Gateway.Upstreams;

public sealed class IdleConnectionsTests : IDisposable
{
    private readonly IdleConnections _idle = new();
    private readonly List<Http1Connection> _made = [];

    [Fact]
    public void The_one_given_back_last_is_taken_first()
    {
        var (first, second) = (Connection(), Connection());
        _idle.GiveBack(first, 1);
        _idle.GiveBack(second, 1);
        Assert.Same(second, _idle.Take(1));
        Assert.Same(first, _idle.Take(1));
        Assert.Null(_idle.Take(1));
    }

    [Fact]
    public void One_of_the_same_thread_is_taken_before_others()
    {
        var (others, own) = (Connection(), Connection());
        _idle.GiveBack(own, 2);
        _idle.GiveBack(others, 1);
        Assert.Same(own, _idle.Take(2));
        Assert.Same(others, _idle.Take(2));
    }

    [Fact]
    public void Only_those_idle_for_longer_are_taken_by_age()
    {
        var (old, young) = (Connection(idleSince: 10), Connection(idleSince: 20));
        _idle.GiveBack(old, 1);
        _idle.GiveBack(young, 1);
        Assert.Null(_idle.TakeIdleSince(10));
        Assert.Same(old, _idle.TakeIdleSince(20));
        Assert.Null(_idle.TakeIdleSince(20));
        Assert.Same(young, _idle.Take(1));
    }

    [Fact]
    public void Nothing_is_lost_or_taken_twice_when_many_threads_take_and_give_back()
    {
        const int count = 16;
        for (var i = 0; i < count; i++) _idle.GiveBack(Connection(), i);
        Parallel.For(0, 50_000, i =>
        {
            if (_idle.Take(i) is not { } connection) return;
            Assert.Equal(0, Interlocked.Exchange(ref connection.Deadline, 1));
            Volatile.Write(ref connection.Deadline, 0);
            _idle.GiveBack(connection, i);
        });
        var left = new HashSet<Http1Connection>();
        while (_idle.Take(1) is { } connection) Assert.True(left.Add(connection));
        Assert.Equal(count, left.Count);
    }

    public void Dispose()
    {
        foreach (var connection in _made) connection.Dispose();
    }

    private Http1Connection Connection(long idleSince = 0)
    {
        var made = new Http1Connection(new Socket(SocketType.Stream, ProtocolType.Tcp)) { IdleSince = idleSince };
        _made.Add(made);
        return made;
    }
}
