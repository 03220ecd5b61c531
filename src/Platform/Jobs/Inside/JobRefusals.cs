using System.Globalization;
using Sluice.Kernel;

namespace Sluice.Platform.Jobs.Inside;

internal static class JobRefusals
{
    public static Refusal NoJob(string id) =>
        Refusal.NotFound("jobs.job-unknown", $"There is no job {Faults.Quote(id)}, or it is no longer kept.");

    public static Refusal NoQueue(string name) =>
        Refusal.NotFound("jobs.queue-unknown", $"There is no queue {Faults.Quote(name)}: see 'sluice queue list'.");

    public static Refusal NoSchedule(string name) =>
        Refusal.NotFound("jobs.schedule-unknown", $"There is no schedule {Faults.Quote(name)}.");

    public static Refusal NoFact(long id) => Refusal.NotFound(
        "jobs.fact-unknown", string.Create(CultureInfo.InvariantCulture, $"No fact {id} was given up."));

    public static Refusal State(JobId id, JobState state, string what) => Refusal.Conflict(
        "jobs.state-wrong", $"Job {id} is {state.ToString().ToLowerInvariant()}. {what}");

    public static Refusal KeyTaken(string key) => Refusal.Conflict(
        "jobs.key-taken", $"Another job of the unique key {Faults.Quote(key)} waits or runs: that one does the work.");
}
