using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Sluice.Gateway.Kept;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Upstreams;

namespace Sluice.Gateway;

/// <summary>
/// What goes on beside the calls: health probes of the upstreams, the sums of refusals, and kept answers that are too old.
/// </summary>
internal sealed class Upkeep(
    GatewayState state, RefusalBook refusals, AnswerStore answers, IOptions<GatewayOptions> options, TimeProvider time)
    : BackgroundService
{
    private static readonly TimeSpan SumsInterval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(SumsInterval, time);
        var probeAt = time.GetTimestamp();
        var probing = Task.CompletedTask;
        do
        {
            refusals.Flush();
            answers.Sweep();
            if (options.Value.ProbeIntervalMs == 0 || time.GetTimestamp() < probeAt || !probing.IsCompleted) continue;
            probeAt = time.GetTimestamp() + (options.Value.ProbeIntervalMs * time.TimestampFrequency / 1000);
            probing = ProbeAll();
        }
        while (await Next(timer, stoppingToken).ConfigureAwait(false));
        await probing.ConfigureAwait(false);
        refusals.Flush();
    }

    private static async Task<bool> Next(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private Task ProbeAll() => Task.WhenAll(
        state.Snapshot.Services.Values
            .Where(service => service.Config.Probe != ProbeKind.None && service.Config.Enabled)
            .Select(service => HealthProbe.Run(service, options.Value.HeadLagMax)));
}
