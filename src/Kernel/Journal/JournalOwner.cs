namespace Sluice.Kernel.Journal;

/// <summary>
/// The lock that says a journal's owner lives. The kernel drops it when the process ends, however it ends.
/// </summary>
public static class JournalOwner
{
    /// <summary>Takes the lock of a journal directory; null while its owner lives.</summary>
    public static FileStream? TryTake(string directory)
    {
        try
        {
            return new FileStream(
                Path.Combine(directory, JournalFormat.LockFile),
                FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException error) when (error is not DirectoryNotFoundException)
        {
            return null;
        }
    }
}
