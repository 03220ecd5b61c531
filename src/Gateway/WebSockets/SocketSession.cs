using Sluice.Gateway.Rules;
using Sluice.Gateway.Snapshot;

namespace Sluice.Gateway.WebSockets;

/// <summary>One client's socket from its opening to its end.</summary>
internal sealed class SocketSession(
    Exchange x, byte[] keyHash, GatewayState state, SocketPair pair, ITraffic traffic, SocketParts parts)
{
    private readonly Lock _gate = new();
    private CompiledRules _rules = x.Caller!.App.Rules;
    private bool _over;
    private long _stoppingSince;

    /// <summary>Completes when both sockets are closed. Returns the code that the client was told.</summary>
    public async Task<int> Run()
    {
        parts.Place.Open.Add(this);
        var pumps = Task.WhenAll(Guarded(traffic.Up), Guarded(traffic.Down));
        var ending = await pair.Ending.ConfigureAwait(false);
        parts.Place.Open.Remove(this);
        // After this nothing looks at the exchange from outside.
        lock (_gate) _over = true;
        await traffic.Finish(ending).ConfigureAwait(false);
        await pair.Close(ending, pumps).ConfigureAwait(false);
        await traffic.Finish(ending with { Error = null }).ConfigureAwait(false);
        return ending.Code;
    }

    /// <summary>Looks whether the key and the rules still hold, and whether anything moves.</summary>
    public void Tick(long nowMs, bool stopping)
    {
        lock (_gate)
        {
            if (_over) return;
            if (Expelled() is { } why) pair.End(Ending.Policy(why));
            else if (stopping) Drain(nowMs);
            else if (!traffic.MayBeSilent && nowMs - pair.MovedMs > x.Service!.Config.IdleTimeoutMs) pair.End(Ending.Idle);
            traffic.Tick(nowMs);
        }
    }

    private void Drain(long nowMs)
    {
        if (_stoppingSince == 0) _stoppingSince = nowMs;
        if (traffic.Owed == 0 || nowMs - _stoppingSince > parts.Place.Options.SocketDrainMs) pair.End(Ending.Draining);
    }

    private string? Expelled()
    {
        var caller = x.Caller!;
        if (caller.Replaced)
        {
            if (state.Callers.Find(keyHash) is not { } now) return "The key was revoked.";
            x.Caller = caller = now;
        }
        if (caller.ExpiresAtMs != long.MaxValue && caller.ExpiresAtMs <= parts.Time.GetUtcNow().ToUnixTimeMilliseconds())
            return GatewayError.KeyExpired.Message;
        if (caller.App.Organization.Suspended) return GatewayError.OrganizationSuspended.Message;
        if (caller.App.Rules == _rules && caller.App.Organization.Services.Allows(x.Service!.Name)) return null;
        _rules = caller.App.Rules;
        return parts.Admit.Run(x) ? null : "The app's rules or plan no longer allow this socket.";
    }

    // A pump that fails in a way nobody foresaw ends its socket, not the process.
    private async Task Guarded(Func<Task> pump)
    {
        try
        {
            await pump().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            if (!SocketPair.IsLoss(error)) parts.Refusals.Failed(x, error);
            pair.End(new Ending(1011, GatewayError.Internal.Message, GatewayError.Internal));
        }
    }
}
