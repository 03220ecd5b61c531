using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sluice.Kernel;

/// <summary>
/// Writes small files with secrets: readable for their owner alone at any moment, whole or not at all, and on the disk
/// when the call returns.
/// </summary>
public static partial class SecretFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>EINVAL: the file system has no fsync for folders, and then none is needed or none can be had.</summary>
    private const int NotSupported = 22;

    /// <summary>EEXIST.</summary>
    private const int NameTaken = 17;

    /// <summary>
    /// Replaces or makes a file. It belongs to whom the file before it belonged, a new one to the owner of its folder.
    /// </summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var next = path + ".next";
        File.Delete(next);
        WriteBeside(path, next, content);
        File.Move(next, path, overwrite: true);
        SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Makes a file where there is none. Of several makers at once one wins, and the others find its file.</summary>
    public static void WriteIfAbsent(string path, ReadOnlySpan<byte> content)
    {
        if (File.Exists(path)) return;
        var next = $"{path}.{Guid.CreateVersion7():N}";
        try
        {
            WriteBeside(path, next, content);
            Name(next, path);
        }
        finally
        {
            File.Delete(next);
        }
        SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    // A second name for the same file is given by one system call that fails where the name is taken. File.Move without
    // overwriting looks first and renames then, so that of two makers the later one would win after all.
    private static void Name(string written, string path)
    {
        if (Link(written, path) != 0 && Marshal.GetLastPInvokeError() != NameTaken)
            throw new IOException($"{path}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
    }

    // Written beside and renamed, so that a crash leaves the old one or the new one.
    private static void WriteBeside(string path, string next, ReadOnlySpan<byte> content)
    {
        var owner = FileOwner.Of(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using var stream = new FileStream(next, options);
        owner?.Give(stream.SafeFileHandle, next);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }

    // The name is in the folder, which has to be on the disk as well: else a power cut may bring the old file back.
    private static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        using var handle = Open(folder, 0);
        if (handle.IsInvalid || (Sync(handle) != 0 && Marshal.GetLastPInvokeError() != NotSupported))
            throw new IOException($"{folder}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string written, string path);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);
}
