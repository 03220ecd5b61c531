using System.Data.Common;
using System.Net.Sockets;

namespace Sluice.Gateway.Limits;

internal enum LeaseResult : byte
{
    Granted,
    UsedUp,
    /// <summary>The database could not be asked.</summary>
    SourceAway,
}

/// <summary>Leases units of quotas for this process, one lease a quota at a time however many calls wait for it.</summary>
internal sealed class AllowanceDesk(IAllowanceSource source, GatewayOptions options)
{
    // How long a refusal stands before the source is asked again: others may return or lose what they hold.
    private const int UsedUpMs = 1_000;
    private const int HeldElsewhereMs = 100;
    private const int AwayMs = 500;

    /// <summary>
    /// Gets more units for a quota. Granted means that there may be enough now: the caller tries its hold again.
    /// </summary>
    public async ValueTask<LeaseResult> Lease(QuotaMeter meter, long least)
    {
        if (Environment.TickCount64 < Volatile.Read(ref meter.RefusedUntil))
            return meter.SourceAway ? LeaseResult.SourceAway : LeaseResult.UsedUp;
        if (meter.BeginLease(out var joined)) return await Ask(meter, least).ConfigureAwait(false);
        try
        {
            await joined.WaitAsync(TimeSpan.FromMilliseconds(options.LeaseTimeoutMs)).ConfigureAwait(false);
            return LeaseResult.Granted;
        }
        catch (TimeoutException)
        {
            return LeaseResult.SourceAway;
        }
    }

    /// <summary>Begins a lease in the background once what is left runs low.</summary>
    public void LeaseAhead(QuotaMeter meter)
    {
        if (meter.Leasing || !meter.RunsLow) return;
        if (Environment.TickCount64 < Volatile.Read(ref meter.RefusedUntil)) return;
        if (!meter.BeginLease(out _)) return;
        _ = Task.Run(() => Ask(meter, 1));
    }

    /// <summary>Gives back all that is not promised to a call: another process needs it.</summary>
    public async Task GiveBack(QuotaMeter meter, CancellationToken ct)
    {
        var units = meter.TakeAll();
        if (units <= 0) return;
        await source.Return(Quota(meter), units, ct).ConfigureAwait(false);
    }

    /// <summary>Gives back, beside the calls, what a meter holds that no call takes units from any more.</summary>
    public void LetGo(QuotaMeter meter)
    {
        meter.Ended = true;
        _ = Task.Run(() => GiveBack(meter, CancellationToken.None));
    }

    private async Task<LeaseResult> Ask(QuotaMeter meter, long least)
    {
        var now = Environment.TickCount64;
        using var limit = new CancellationTokenSource(options.LeaseTimeoutMs);
        try
        {
            // What is left here counts towards the call, so that the last units of a quota can be used together.
            var missing = Math.Max(1, least - meter.Available);
            var wanted = meter.Wanted(missing, now);
            var grant = await source.Lease(Quota(meter), Volatile.Read(ref meter.Limit), missing, wanted, limit.Token)
                .ConfigureAwait(false);
            Volatile.Write(ref meter.Unleased, grant.Unleased);
            meter.SourceAway = false;
            if (grant.Granted > 0)
            {
                meter.Leased(grant.Granted, now);
                if (meter.Ended) LetGo(meter);
                return LeaseResult.Granted;
            }
            Volatile.Write(
                ref meter.RefusedUntil, Environment.TickCount64 + (grant.HeldElsewhere > 0 ? HeldElsewhereMs : UsedUpMs));
            return LeaseResult.UsedUp;
        }
        catch (Exception error) when (error
            is DbException or TimeoutException or SocketException or IOException or OperationCanceledException)
        {
            meter.SourceAway = true;
            Volatile.Write(ref meter.RefusedUntil, Environment.TickCount64 + AwayMs);
            return LeaseResult.SourceAway;
        }
        finally
        {
            meter.EndLease();
        }
    }

    private static AllowanceQuota Quota(QuotaMeter meter) => new(meter.Subject, meter.Scope, meter.Period);
}
