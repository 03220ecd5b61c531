using Sluice.Gateway.Limits;

namespace Sluice.Gateway;

/// <summary>Gives units of a quota back when another process asks for them.</summary>
public sealed class AllowanceReturns
{
    private readonly GatewayState _state;
    private readonly AllowanceDesk _desk;

    internal AllowanceReturns(GatewayState state, AllowanceDesk desk) => (_state, _desk) = (state, desk);

    /// <summary>Returns what this process holds of a quota and has not promised to a call.</summary>
    public Task GiveBack(AllowanceQuota quota, CancellationToken ct) =>
        _state.Callers.Meter(quota) is { } meter ? _desk.GiveBack(meter, ct) : Task.CompletedTask;
}
