namespace Sluice.Gateway;

/// <summary>
/// Waits for a client to take what is sent to it, but not for ever: one that reads nothing holds its answer in memory
/// and its upstream's connection.
/// </summary>
internal static class Stall
{
    /// <summary>What a client that stalls must take within the limit, bytes: larger answers go piece by piece.</summary>
    public const int PieceBytes = 64 * 1024;

    /// <summary>Whether a write ended in time. One that failed throws as it would have.</summary>
    public static ValueTask<bool> Ends(ValueTask writing, int stallMs) =>
        writing.IsCompletedSuccessfully ? new(true) : EndsSlowly(writing.AsTask(), stallMs);

    /// <inheritdoc cref="Ends(ValueTask, int)"/>
    public static ValueTask<bool> Ends<T>(ValueTask<T> writing, int stallMs)
    {
        if (!writing.IsCompletedSuccessfully) return EndsSlowly(writing.AsTask(), stallMs);
        _ = writing.Result;
        return new(true);
    }

    private static async ValueTask<bool> EndsSlowly(Task writing, int stallMs)
    {
        try
        {
            await writing.WaitAsync(TimeSpan.FromMilliseconds(stallMs)).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException) when (!writing.IsCompleted)
        {
            // It fails once the connection is cut, and nobody asks for it then.
            _ = writing.ContinueWith(
                static late => late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            return false;
        }
    }
}
