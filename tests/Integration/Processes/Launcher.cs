using System.Collections.Concurrent;

namespace Sluice.Integration.Processes;

/// <summary>One thread for the life of the process on which all children are forked.</summary>
internal static class Launcher
{
    private static readonly BlockingCollection<Action> Work = [];

    static Launcher() => new Thread(Loop) { IsBackground = true, Name = "launcher" }.Start();

    public static T Run<T>(Func<T> start)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                done.SetResult(start());
            }
            catch (Exception fault) when (fault is System.ComponentModel.Win32Exception or InvalidOperationException)
            {
                done.SetException(fault);
            }
        });
        return done.Task.GetAwaiter().GetResult();
    }

    private static void Loop()
    {
        foreach (var start in Work.GetConsumingEnumerable()) start();
    }
}
