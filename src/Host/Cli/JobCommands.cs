using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

internal static class JobCommands
{
    private static readonly Column[] Columns =
    [
        new("Id", "id"), new("Queue", "queue"), new("Job", "name"), new("State", "state"), new("Due", "dueAt"),
        new("Attempts", "attempts"), new("Of", "attemptsMax"), new("%", "percent"), new("Ended", "finishedAt"),
        new("Error", "lastError"),
    ];

    public static Command Build()
    {
        var job = new Argument<string>("JOB") { Description = "The job's id (job_…)." };
        return Verbs.Group("job", "Work that is done in the background.",
            List(),
            Verbs.Asking("show", "One job with its arguments, failures and steps.", [job],
                (api, parsed, ct) => api.Get($"jobs/{Verbs.Part(parsed, job)}", ct), (_, answer) => Show(answer!)),
            Verbs.Asking("retry", "Run a job that waits at once, or one that is dead or cancelled anew.", [job],
                (api, parsed, ct) => api.Post($"jobs/{Verbs.Part(parsed, job)}/retry", null, ct),
                (parsed, _) => Output.Line($"{parsed.GetValue(job)} is due now.")),
            Verbs.Asking("cancel", "End a job that waits, or tell one that runs to stop.", [job],
                (api, parsed, ct) => api.Post($"jobs/{Verbs.Part(parsed, job)}/cancel", null, ct),
                (parsed, _) => Output.Line($"{parsed.GetValue(job)} is cancelled, or told to stop if it runs.")));
    }

    private static Command List()
    {
        var queue = new Option<string?>("--queue") { Description = "Jobs of this queue.", HelpName = "QUEUE" };
        var state = new Option<string?>("--state") { Description = "Jobs of this state.", HelpName = "STATE" };
        state.AcceptOnlyFromAmong("waiting", "running", "done", "dead", "cancelled");
        var name = new Option<string?>("--name") { Description = "Jobs of this kind.", HelpName = "NAME" };
        var key = new Option<string?>("--key") { Description = "Jobs of this unique key.", HelpName = "KEY" };
        return Verbs.Paging("list", "Jobs, newest first.", [queue, state, name, key], 50,
            (_, parsed, _) => Task.FromResult("jobs?" + Verbs.Query(
                ("queue", parsed.GetValue(queue)), ("state", parsed.GetValue(state)), ("name", parsed.GetValue(name)),
                ("key", parsed.GetValue(key)))),
            "There is no such job.", Columns);
    }

    private static void Show(JsonNode answer)
    {
        Output.Details(
            answer["job"]!, new("Job", "id"), new("Queue", "queue"), new("Kind", "name"), new("State", "state"),
            new("Unique key", "uniqueKey"), new("Created", "createdAt"), new("Due", "dueAt"), new("Started", "startedAt"),
            new("Ended", "finishedAt"), new("Attempts", "attempts"), new("At most", "attemptsMax"), new("Percent", "percent"),
            new("Is at", "words"), new("Worker", "worker"), new("Told to stop", "cancelWanted"));
        Output.Line("");
        Output.Line("Arguments");
        Output.Json(answer["arguments"]);
        if (Output.Rows(answer, "failures") is { Count: > 0 } failures)
        {
            Output.Line("");
            Output.Table(failures, "", new("Failed at", "at"), new("Attempt", "attempt"), new("Error", "error"));
        }
        if (Output.Rows(answer, "steps") is { Count: > 0 } steps)
        {
            Output.Line("");
            Output.Table(steps, "", new("Step done", "name"), new("At", "at"));
        }
    }
}

internal static class QueueCommands
{
    public static Command Build()
    {
        var queue = new Argument<string>("QUEUE") { Description = "The queue's name." };
        return Verbs.Group("queue", "Queues of jobs.",
            Verbs.Listing("list", "All queues with what is in them.", [], (_, _, _) => Task.FromResult("queues"),
                "There is no queue yet: a process of the role worker declares them.",
                new("Queue", "name"), new("Waiting", "waiting"), new("Delayed", "delayed"), new("Running", "running"),
                new("Dead", "dead"), new("Oldest s", "oldestSeconds"), new("Paused", "pausedAt")),
            Verbs.Asking("pause", "Begin no more jobs of a queue. Those that run go on.", [queue],
                (api, parsed, ct) => api.Post($"queues/{Verbs.Part(parsed, queue)}/pause", null, ct),
                (parsed, _) => Output.Line($"{parsed.GetValue(queue)} is paused. 'sluice queue resume' lets it go on.")),
            Verbs.Asking("resume", "Let a paused queue go on.", [queue],
                (api, parsed, ct) => api.Post($"queues/{Verbs.Part(parsed, queue)}/resume", null, ct),
                (parsed, _) => Output.Line($"{parsed.GetValue(queue)} goes on.")));
    }
}
