using System.CommandLine;

namespace Sluice.Host.Cli;

internal static class ScheduleCommands
{
    public static Command Build()
    {
        var schedule = new Argument<string>("SCHEDULE") { Description = "The schedule's name." };
        return Verbs.Group("schedule", "Jobs that come by the clock.",
            Verbs.Listing("list", "All schedules. Times are UTC.", [], (_, _, _) => Task.FromResult("schedules"),
                "There is no schedule yet: a process of the role worker declares them.",
                new("Schedule", "name"), new("Recurrence", "recurrence"), new("Queue", "queue"), new("Next", "nextAt"),
                new("Last", "lastAt"), new("Last job", "lastJob"), new("Paused", "pausedAt")),
            Change("run", "Make a schedule due now, besides its times.", "is due now.", schedule),
            Change("pause", "Hold a schedule.", "is paused.", schedule),
            Change("resume", "Let a paused schedule go on.", "goes on.", schedule));
    }

    private static Command Change(string verb, string description, string says, Argument<string> schedule) => Verbs.Asking(
        verb, description, [schedule],
        (api, parsed, ct) => api.Post($"schedules/{Verbs.Part(parsed, schedule)}/{verb}", null, ct),
        (parsed, _) => Output.Line($"{parsed.GetValue(schedule)} {says}"));
}

internal static class FactCommands
{
    public static Command Build()
    {
        var fact = new Argument<long>("FACT") { Description = "The number of the delivery." };
        var waiting = new Option<bool>("--waiting") { Description = "Those that are tried again, not those given up." };
        return Verbs.Group("fact", "Facts that a part of the installation could not handle.",
            Verbs.Paging("list", "Facts that were given up, newest first.", [waiting],
                (_, parsed, _) => Task.FromResult(parsed.GetValue(waiting) ? "facts?state=waiting" : "facts"), "There is none.",
                new("Fact", "id", IsName: true), new("Kind", "fact"), new("For", "subscriber"), new("Recorded", "recordedAt"),
                new("Attempts", "attempts"), new("Due", "dueAt"), new("Error", "lastError")),
            Verbs.Asking("retry", "Deliver a fact that was given up anew.", [fact],
                (api, parsed, ct) => api.Post($"facts/{parsed.GetValue(fact)}/retry", null, ct),
                (parsed, _) => Output.Line($"{parsed.GetValue(fact)} is due now.")));
    }
}
