using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Integration.Chaos;

/// <summary>How a <see cref="Load"/> calls.</summary>
/// <param name="Connections">Kept-alive connections, each with one call at a time.</param>
/// <param name="Calls">Picked from at random.</param>
/// <param name="Seed">Of the picks.</param>
internal sealed record LoadPlan(int Connections, IReadOnlyList<Call> Calls, int Seed)
{
    /// <summary>Between two calls of a connection; null for none.</summary>
    public TimeSpan? Pause { get; init; }

    /// <summary>Calls of all connections together; null goes on until stopped.</summary>
    public long? Total { get; init; }

    /// <summary>Asked before each call: false holds the connection back, as a balancer does with a node not ready.</summary>
    public Func<bool>? MaySend { get; init; }
}

/// <summary>
/// Clients of one gateway that write down every answer they received and every call they lost. They connect again for
/// as long as it takes, so that a killed gateway finds its load waiting.
/// </summary>
internal sealed class Load : IAsyncDisposable
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Reconnect = TimeSpan.FromMilliseconds(20);

    private readonly int _port;
    private readonly LoadPlan _plan;
    private readonly ConcurrentQueue<Answer> _answers = new();
    private readonly ConcurrentQueue<Unanswered> _unanswered = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private long _begun;
    private long _good;
    private int _life;

    public Load(int port, LoadPlan plan)
    {
        _port = port;
        _plan = plan;
        _running = Task.WhenAll(Enumerable.Range(0, plan.Connections).Select(i => Task.Run(() => Run(i))));
    }

    public IReadOnlyCollection<Answer> Answers => _answers;

    public IReadOnlyCollection<Unanswered> Unanswered => _unanswered;

    /// <summary>Answers with status 200 so far.</summary>
    public long Good => Interlocked.Read(ref _good);

    public long Answered => _answers.Count;

    /// <summary>Takes down what another kind of client saw of the same gateway.</summary>
    public void Note(Answer answer) => _answers.Enqueue(answer);

    public void Note(Unanswered call) => _unanswered.Enqueue(call);

    /// <summary>Completes when <see cref="LoadPlan.Total"/> calls are made.</summary>
    public Task Done => _running;

    public int Life => Volatile.Read(ref _life);

    /// <summary>Told between a kill and the next start: what follows belongs to the next life.</summary>
    public void NextLife() => Interlocked.Increment(ref _life);

    /// <summary>Lets every connection finish its call.</summary>
    public async Task Stop()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _stop.Dispose();
    }

    private async Task Run(int number)
    {
        var random = new Random(_plan.Seed + number);
        while (!_stop.IsCancellationRequested && !AllBegun)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, _port, _stop.Token);
            }
            catch (SocketException)
            {
                await Wait(Reconnect);
                continue;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await Talk(socket, random);
        }
    }

    private bool AllBegun => _plan.Total is { } total && Interlocked.Read(ref _begun) >= total;

    private async Task Talk(Socket socket, Random random)
    {
        var reader = new AnswerReader(socket);
        while (!_stop.IsCancellationRequested && !reader.Closing)
        {
            if (_plan.MaySend?.Invoke() == false)
            {
                await Wait(Reconnect);
                continue;
            }
            if (_plan.Total is { } total && Interlocked.Increment(ref _begun) > total) return;
            if (!await One(socket, reader, _plan.Calls[random.Next(_plan.Calls.Count)])) return;
            if (_plan.Pause is { } pause) await Wait(pause);
        }
    }

    private async Task<bool> One(Socket socket, AnswerReader reader, Call call)
    {
        var life = Life;
        using var limit = new CancellationTokenSource(AnswerWithin);
        try
        {
            for (var sent = 0; sent < call.Bytes.Length;)
                sent += await socket.SendAsync(call.Bytes.AsMemory(sent), limit.Token);
            var (id, status, errors) = await reader.Next(limit.Token);
            _answers.Enqueue(new Answer(id, status, call.Entries, life, errors));
            if (status == 200) Interlocked.Increment(ref _good);
            return true;
        }
        catch (Exception fault) when (fault is SocketException or IOException or OperationCanceledException)
        {
            _unanswered.Enqueue(new Unanswered(call.Entries, life, fault.Message));
            return false;
        }
    }

    private Task Wait(TimeSpan span) => Task.Delay(span, _stop.Token).ContinueWith(
        static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
