using System.Net.WebSockets;
using Sluice.Gateway.PlainHttp;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Steps;
using Sluice.Gateway.Upstreams;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway.WebSockets;

/// <summary>
/// Messages of any kind, passed piece by piece as they come. A message is admitted before its first piece moves on, and
/// recorded before the client gets its last.
/// </summary>
internal sealed class PlainTraffic(Exchange x, SocketPair pair, Upstream upstream, SocketParts parts) : ITraffic
{
    private const int PieceBytes = 16 * 1024;

    private readonly ServiceConfig _config = x.Service!.Config;
    private readonly Method _method = x.Service!.Methods.FindRoute("WS", Target.Priced(x.Rest));
    private readonly Tally _up = new(parts.Meter.Digests);
    private readonly Tally _down = new(parts.Meter.Digests);
    private int _messagesUp = -1;
    private int _messagesDown = -1;

    public int Owed => 0;

    public bool MayBeSilent => false;

    public async Task Up()
    {
        var buffer = new byte[PieceBytes];
        Entry? e = null;
        try
        {
            while (await Receive(pair.Client, buffer, Ending.ClientGone).ConfigureAwait(false) is { } piece)
            {
                if (e is null)
                {
                    e = Begin(++_messagesUp, _config.MessageUpUnits, RecordFlags.Socket);
                    if (!await Admitted(e).ConfigureAwait(false)) return;
                }
                e.BytesUp = _up.Add(buffer.AsSpan(0, piece.Count));
                if (e.BytesUp > _config.SocketMessageBytesMax)
                {
                    pair.End(Ending.TooLarge);
                    return;
                }
                var sent = await pair.ToUpstream(
                    buffer.AsMemory(0, piece.Count), piece.MessageType, piece.EndOfMessage).ConfigureAwait(false);
                if (sent && !piece.EndOfMessage) continue;
                var recorded = Record(e, sent ? Outcome.Answered : Outcome.UpstreamFault);
                e = null;
                if (!sent || !recorded) pair.End(sent ? Ending.CannotMeter : Ending.UpstreamGone);
            }
        }
        finally
        {
            if (e is not null) Record(e, e.Refused.Yes ? Outcome.Refused : Outcome.Abandoned);
        }
    }

    public async Task Down()
    {
        var buffer = new byte[PieceBytes];
        Entry? e = null;
        try
        {
            while (await Receive(pair.Upstream, buffer, Ending.UpstreamGone).ConfigureAwait(false) is { } piece)
            {
                if (e is null)
                {
                    e = Begin(++_messagesDown, _config.MessageDownUnits, RecordFlags.Socket | RecordFlags.Push);
                    if (!await Held(e).ConfigureAwait(false)) return;
                }
                e.BytesDown = _down.Add(buffer.AsSpan(0, piece.Count));
                if (e.BytesDown > _config.SocketMessageBytesMax)
                {
                    pair.End(Ending.UpstreamTooLarge);
                    return;
                }
                if (piece.EndOfMessage)
                {
                    var recorded = Record(e, Outcome.Answered);
                    e = null;
                    if (!recorded)
                    {
                        pair.End(Ending.CannotMeter);
                        return;
                    }
                    if (_config.Durable) await parts.Journal.Synced().ConfigureAwait(false);
                }
                var bytes = buffer.AsMemory(0, piece.Count);
                if (await pair.ToClient(bytes, piece.MessageType, piece.EndOfMessage).ConfigureAwait(false))
                    continue;
                pair.End(Ending.ClientGone);
                return;
            }
        }
        finally
        {
            if (e is not null) Record(e, Outcome.UpstreamFault);
        }
    }

    public void Tick(long nowMs)
    {
        // Nothing waits for an answer here.
    }

    public void Dispose()
    {
        _up.Dispose();
        _down.Dispose();
    }

    public Task Finish(Ending how) => Task.CompletedTask;

    /// <summary>The next piece; null once there will be none. A close frame's code and reason go to the other side.</summary>
    private async ValueTask<ValueWebSocketReceiveResult?> Receive(WebSocket from, byte[] buffer, Ending gone)
    {
        try
        {
            var piece = await from.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).ConfigureAwait(false);
            pair.Moved();
            if (piece.MessageType != WebSocketMessageType.Close) return pair.IsEnding ? null : piece;
            if (from == pair.Upstream && from.CloseStatus is { } status && from.CloseStatus != WebSocketCloseStatus.Empty)
                gone = new Ending((int)status, "", null);
        }
        catch (Exception error) when (SocketPair.IsLoss(error))
        {
            // Without a goodbye: the usual ending says so.
        }
        pair.End(gone);
        return null;
    }

    private Entry Begin(int index, long units, RecordFlags flags) => new()
    {
        Index = index,
        Method = _method,
        Units = units,
        Flags = flags,
        StartedTicks = parts.Time.GetTimestamp(),
        Upstream = upstream,
        UpstreamCalls = 1,
    };

    /// <summary>Waits for the rates, because there is no error that a client of any protocol would understand.</summary>
    private async ValueTask<bool> Admitted(Entry e)
    {
        while (!parts.Admit.Run(x, e, default, default))
        {
            if (e.Refused.Limit is not { } limit)
            {
                Refuse(e);
                return false;
            }
            await Task.Delay(TimeSpan.FromSeconds(limit.RetryAfterSeconds), parts.Time, pair.Over)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            e.Refused = default;
            if (pair.IsEnding) return false;
        }
        if (await Held(e).ConfigureAwait(false)) return true;
        Admit.PutBack(x, e);
        return false;
    }

    private async ValueTask<bool> Held(Entry e)
    {
        if (await parts.Hold.Run(x, e).ConfigureAwait(false)) return true;
        Refuse(e);
        return false;
    }

    private void Refuse(Entry e) =>
        pair.End(e.Refused.Error == GatewayError.CannotMeter ? Ending.CannotMeter : Ending.Policy(e.Refused.Error.Message));

    private bool Record(Entry e, Outcome outcome)
    {
        e.Outcome = outcome;
        if (e.Flags.HasFlag(RecordFlags.Push)) e.AnswerDigest = _down.Next();
        else e.RequestDigest = _up.Next();
        return parts.Meter.Run(x, e);
    }
}
