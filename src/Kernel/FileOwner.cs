using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sluice.Kernel;

/// <summary>
/// To whom a file belongs. What root writes into the folder of another account, as <c>sudo sluice …</c> does, is to
/// belong to that account: otherwise the gateway that runs as it can no longer read its own files.
/// </summary>
public readonly partial record struct FileOwner(uint User, uint Group)
{
    private const int CurrentDirectory = -100;
    private const uint Everything = 0x7ff;
    private const int StatBytes = 256;
    private const int UserAt = 20;
    private const int GroupAt = 24;

    /// <summary>
    /// The owner of a file or folder or, where there is none, of the nearest folder above. Null where files cannot be
    /// given away: only root may.
    /// </summary>
    public static unsafe FileOwner? Of(string path)
    {
        if (!OperatingSystem.IsLinux() || GetEffectiveUserId() != 0) return null;
        var at = Path.GetFullPath(path);
        while (!Path.Exists(at)) at = Path.GetDirectoryName(at)!;
        // struct statx is the same on every architecture, which struct stat is not.
        var stat = stackalloc byte[StatBytes];
        if (Stat(CurrentDirectory, at, 0, Everything, stat) != 0) throw Failed(at);
        return new FileOwner(*(uint*)(stat + UserAt), *(uint*)(stat + GroupAt));
    }

    /// <summary>Gives an open file to this owner.</summary>
    public void Give(SafeFileHandle file, string path)
    {
        if (Change(file, User, Group) != 0) throw Failed(path);
    }

    /// <summary>Gives a file, or a folder with all that is in it, to this owner. Links are given, not followed.</summary>
    public void GiveAll(string path)
    {
        if (Change(path, User, Group) != 0) throw Failed(path);
        var folder = new DirectoryInfo(path);
        if (!folder.Exists || folder.LinkTarget is not null) return;
        foreach (var inside in folder.EnumerateFileSystemInfos()) GiveAll(inside.FullName);
    }

    private static IOException Failed(string path) =>
        new($"The owner of {path}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Stat(int folder, string path, int flags, uint mask, byte* stat);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int Change(SafeFileHandle file, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Change(string path, uint user, uint group);
}
