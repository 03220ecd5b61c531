using System.Data.Common;
using Sluice.Gateway;
using Sluice.Platform.Metering;

namespace Sluice.Host.Wiring;

/// <summary>Answers the reclaims of quotas that other processes raise.</summary>
internal sealed partial class AllowanceReclaims(IAllowances allowances, AllowanceReturns returns, ILogger<AllowanceReclaims> log)
    : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        allowances.Reclaimed = quota => _ = GiveBack(new AllowanceQuota(quota.Subject, quota.Scope, quota.Period));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        allowances.Reclaimed = null;
        return Task.CompletedTask;
    }

    private async Task GiveBack(AllowanceQuota quota)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await returns.GiveBack(quota, limit.Token);
        }
        catch (Exception error) when (error is DbException or TimeoutException or OperationCanceledException)
        {
            // What could not be given back stays leased to this process's journal and goes back when that is closed.
            LogNotReturned(error.Message);
        }
    }

    [LoggerMessage(20311, LogLevel.Warning, "Units of a quota could not be given back: {Reason}")]
    private partial void LogNotReturned(string reason);
}
