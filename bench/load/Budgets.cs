using System.Text.Json;

namespace Sluice.Load;

/// <summary>bench/budgets.json, as far as whole-gateway runs are concerned.</summary>
internal sealed record Budgets(RelayBudget Relay, KeysBudget Keys, JobsBudget Jobs)
{
    public static Budgets Read() =>
        JsonSerializer.Deserialize<Budgets>(
            File.ReadAllText(Path.Combine(Repository.Bench, "budgets.json")), JsonSerializerOptions.Web)
        ?? throw new InvalidOperationException("bench/budgets.json is empty.");
}

internal sealed record RelayBudget(
    int Connections, int Pairs, double RatioToNginxMin, double RatioToYarpMin, double PumpLagSecondsMax,
    int PacedRequestsPerSecond, double PacedP99RatioToNginxMax, double AnonymousResidentMegabytesMax);

internal sealed record KeysBudget(
    int Count, double StartSecondsMax, double NewKeyUsableSecondsMax, double PauseMillisecondsMax);

internal sealed record JobsBudget(double OneByOnePerSecondMin, double BatchedPerSecondMin, double WakeP99MillisecondsMax);
