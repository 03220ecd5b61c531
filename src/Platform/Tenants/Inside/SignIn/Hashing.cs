using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.SignIn;

/// <summary>
/// The only place where passwords are hashed: on a few threads of their own, which the system runs after all others, with a
/// short queue before them. A flood of sign-ins costs others nothing but what nobody else needs.
/// </summary>
internal sealed class Hashing : IDisposable
{
    private const int LeastUrgent = 19;

    private static readonly Refusal Busy =
        new("auth.busy", "Too many people sign in at this moment. Try again in a few seconds.", 503)
        {
            RetryAfter = TimeSpan.FromSeconds(2),
        };

    private readonly BlockingCollection<Action> _queue;
    private readonly Thread[] _threads;

    public Hashing(IOptions<TenantsOptions> options)
    {
        _queue = new BlockingCollection<Action>(options.Value.HashingQueueMax);
        _threads = new Thread[options.Value.HashingsMax];
        for (var i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = "sluice-hash" };
            _threads[i].Start();
        }
    }

    /// <summary>
    /// The refusal where too many wait at this moment: asked first, a flood does not reach the database either.
    /// </summary>
    public Refusal? Full => _queue.Count >= _queue.BoundedCapacity ? Busy : null;

    /// <summary>What hashing computes; refused at once where too many wait.</summary>
    public async Task<Result<T>> Run<T>(Func<T> hash, CancellationToken ct)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var queued = _queue.TryAdd(() =>
        {
            // Who hung up while it waited costs nothing any more.
            if (ct.IsCancellationRequested) done.SetCanceled(ct);
            else Complete(done, hash);
        }, 0, CancellationToken.None);
        return queued ? await done.Task : Busy;
    }

    public void Dispose()
    {
        _queue.CompleteAdding();
        foreach (var thread in _threads) thread.Join();
        _queue.Dispose();
    }

    private static void Complete<T>(TaskCompletionSource<T> done, Func<T> hash)
    {
        try
        {
            done.SetResult(hash());
        }
        catch (Exception fault) when (fault is System.Security.Cryptography.CryptographicException or FormatException)
        {
            done.SetException(fault);
        }
    }

    private void Work()
    {
        // Zero stands for the thread itself. Where it fails, hashing is merely as urgent as the rest.
        if (OperatingSystem.IsLinux()) _ = SetPriority(0, 0, LeastUrgent);
        foreach (var hash in _queue.GetConsumingEnumerable()) hash();
    }

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, int who, int nice);
}
