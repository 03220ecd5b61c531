using System.Globalization;
using Sluice.Platform.Jobs;

namespace Sluice.Host.Doctor;

/// <summary>Whether jobs and facts are worked off.</summary>
internal static class JobsCheck
{
    private const string Name = "jobs";
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(5);

    public static async Task<Finding> Run(IJobDesk desk, CancellationToken ct) => Judge(await desk.Health(ct));

    public static Finding Judge(JobsHealth health)
    {
        List<string> faults = [];
        if (health.Dead > 0) faults.Add(Text($"{health.Dead:#,0} dead: see 'sluice job list --state dead'."));
        if (health.DeadFacts > 0) faults.Add(Text($"{health.DeadFacts:#,0} facts were given up: see 'sluice fact list'."));
        if (health.OldestSeconds > Late.TotalSeconds)
        {
            faults.Add(Text($"A job of '{health.OldestQueue}' has been due for {Time(health.OldestSeconds.Value)}: ")
                + "does a worker run?");
        }
        if (health.FactOldestSeconds > Late.TotalSeconds)
            faults.Add(Text($"A fact has been due for {Time(health.FactOldestSeconds.Value)}: does a worker run?"));
        if (health.Paused.Count > 0) faults.Add($"Paused: {string.Join(", ", health.Paused)}.");
        var finding = faults.Count > 0
            ? Finding.Warn(Name, string.Join(' ', faults))
            : Finding.Ok(Name, "None is dead or late.");
        return finding with { Details = health };
    }

    private static string Time(double seconds) => seconds < 7200
        ? Text($"{seconds / 60:0} minutes")
        : Text($"{seconds / 3600:0} hours");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
