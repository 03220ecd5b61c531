using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace Sluice.Gateway.WebSockets;

/// <summary>
/// All sockets of this process: bounded, looked after a few times a second, and told when the process is about to stop.
/// </summary>
internal sealed class OpenSockets(GatewayOptions options, IHostApplicationLifetime lifetime, TimeProvider time)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<SocketSession, byte> _all = new();
    private readonly Dictionary<Guid, int> _byKey = [];
    private readonly Lock _gate = new();
    private int _count;

    public bool Stopping => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Takes one of the places of a key; false when there is none left.</summary>
    public bool TryEnter(Guid key)
    {
        lock (_gate)
        {
            var own = _byKey.GetValueOrDefault(key);
            if (_count >= options.SocketsMax || own >= options.SocketsPerKeyMax) return false;
            _count++;
            _byKey[key] = own + 1;
            return true;
        }
    }

    public void Leave(Guid key)
    {
        lock (_gate)
        {
            _count--;
            if (--_byKey[key] == 0) _byKey.Remove(key);
        }
    }

    public void Add(SocketSession session) => _all[session] = 0;

    public void Remove(SocketSession session) => _all.TryRemove(session, out _);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (true)
        {
            try
            {
                await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            var now = Environment.TickCount64;
            foreach (var (session, _) in _all) session.Tick(now, Stopping);
        }
    }
}
