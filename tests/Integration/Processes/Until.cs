using System.Diagnostics;

namespace Sluice.Integration.Processes;

/// <summary>Waits for a condition with a deadline; the only way in which tests wait.</summary>
public static class Until
{
    /// <summary>How long a test waits for what should be soon: a busy machine is no failure.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static Task True(Func<bool> condition, string what, TimeSpan? limit = null) =>
        True(() => Task.FromResult(condition()), what, limit);

    public static async Task True(Func<Task<bool>> condition, string what, TimeSpan? limit = null)
    {
        var within = limit ?? Limit;
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > within) throw new TimeoutException($"Not within {within}: {what}");
            await Task.Delay(Pause);
        }
    }
}
