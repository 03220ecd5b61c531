using System.Text.Json;
using Sluice.Kernel;

namespace Sluice.Platform.Jobs.Inside;

internal sealed class JobContext(RunningJob running, JobStore store, IUnitsOfWork units) : IJobContext
{
    private const int WordsMax = 200;
    private const int StepNameMax = 100;
    private const int StepsMax = 1000;

    private Dictionary<string, string?>? _steps;

    public JobId Id => running.Claimed.Id;

    public int Attempt => running.Claimed.Attempt;

    public long Fence => running.Claimed.Fence;

    public void Report(int percent, string? words = null) =>
        running.Told(Math.Clamp(percent, 0, 100), words is { Length: > WordsMax } ? words[..(WordsMax - 1)] + "…" : words);

    public Task<T> Step<T>(string name, Func<CancellationToken, Task<T>> step) => Once(name, async () =>
    {
        var result = await step(running.Stop);
        await using var work = await units.Begin(running.Stop);
        return await Remember(work, name, result);
    });

    public Task<T> Step<T>(string name, Func<UnitOfWork, CancellationToken, Task<T>> step) => Once(name, async () =>
    {
        await using var work = await units.Begin(running.Stop);
        return await Remember(work, name, await step(work, running.Stop));
    });

    public async Task CompleteIn(UnitOfWork work)
    {
        if (!await store.CompleteIn(work, running.Claimed, running.Stop)) throw Lost();
        running.CompletedByHandler = true;
    }

    private async Task<T> Once<T>(string name, Func<Task<T>> run)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, StepNameMax);
        running.Stop.ThrowIfCancellationRequested();
        // The first claim finds none: nobody ran it before.
        _steps ??= Fence == 1 ? new(StringComparer.Ordinal) : await store.Steps(Id, running.Stop);
        if (_steps.TryGetValue(name, out var kept)) return JsonSerializer.Deserialize<T>(kept ?? "null", Http.Json)!;
        if (_steps.Count >= StepsMax) throw new InvalidOperationException($"A job has at most {StepsMax} steps.");
        return await run();
    }

    private async Task<T> Remember<T>(UnitOfWork work, string name, T result)
    {
        var text = JsonText.Write(result, "The result of a step");
        if (!await JobStore.Remember(work, running.Claimed, name, text, running.Stop)) throw Lost();
        await work.Commit(running.Stop);
        _steps![name] = text;
        return result;
    }

    private OperationCanceledException Lost()
    {
        running.Tell(StopReason.ClaimLost);
        return new OperationCanceledException("The claim on this job was lost.", running.Stop);
    }
}
