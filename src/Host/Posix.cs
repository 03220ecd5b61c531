using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sluice.Host;

/// <summary>The few calls of the system that .NET does not offer.</summary>
internal static partial class Posix
{
    public const int SigInt = 2;
    public const int SigKill = 9;
    public const int SigTerm = 15;

    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int LockNoWait = 4;
    private const int WouldBlock = 11;
    private const int OpenFilesResource = 7;

    public static bool IsRoot => GetEffectiveUserId() == 0;

    /// <summary>Sends a signal; false when the process is gone.</summary>
    public static bool Signal(int processId, int signal) => Kill(processId, signal) == 0;

    public static bool TryLockShared(SafeFileHandle file) => TryLock(file, LockShared);

    public static bool TryLockExclusive(SafeFileHandle file) => TryLock(file, LockExclusive);

    /// <summary>Open files that this process may have at once.</summary>
    public static long OpenFilesMax() =>
        GetResourceLimit(OpenFilesResource, out var limit) == 0 ? (long)Math.Min(limit.Current, long.MaxValue) : -1;

    private static bool TryLock(SafeFileHandle file, int kind)
    {
        if (Flock(file, kind | LockNoWait) == 0) return true;
        var error = Marshal.GetLastPInvokeError();
        return error == WouldBlock ? false : throw new Win32Exception(error);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Current;
        public ulong Most;
    }

    /// <summary>
    /// Undoes an inherited "ignore" of a signal: a shell starts its background jobs with SIGINT ignored, and .NET would
    /// leave it at that.
    /// </summary>
    public static void StopIgnoring(int signal) => SetSignal(signal, 0);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignal(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);

    /// <summary>
    /// Opens a file to lock. .NET's own open takes a lock at once, according to its sharing mode, which would get in the
    /// way of ours. The handle is not inherited by children.
    /// </summary>
    public static SafeFileHandle OpenLockFile(string path)
    {
        const int readWriteCreateCloseOnExec = 0x2 | 0x40 | 0x80000;
        var file = Open(path, readWriteCreateCloseOnExec, 0x180);
        return file.IsInvalid
            ? throw new IOException($"{path}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}")
            : file;
    }

    /// <summary>Opens a file to read it, whatever locks others hold on it.</summary>
    public static SafeFileHandle OpenToRead(string path)
    {
        const int readCloseOnExec = 0x80000;
        const int noSuchFile = 2;
        var file = Open(path, readCloseOnExec, 0);
        if (!file.IsInvalid) return file;
        var error = Marshal.GetLastPInvokeError();
        throw error == noSuchFile
            ? new FileNotFoundException(null, path)
            : new IOException($"{path}: {new Win32Exception(error).Message}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetResourceLimit(int resource, out ResourceLimit limit);
}
