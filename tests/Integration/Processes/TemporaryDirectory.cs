namespace Sluice.Integration.Processes;

/// <summary>A directory of its own, gone with its owner.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory(string prefix)
    {
        Path = Directory.CreateTempSubdirectory($"sluice-{prefix}-").FullName;
        // A database started as another user must be able to walk through.
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException("The tests need Linux.");
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }
}
