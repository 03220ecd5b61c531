using Sluice.Kernel;

namespace Sluice.Host;

/// <summary>The folder <c>SLUICE_DATA</c>: closed to everybody but its owner.</summary>
internal static class DataFolder
{
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static void Prepare(string path)
    {
        try
        {
            if (!Directory.Exists(path)) Directory.CreateDirectory(path, Private);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HostFault(
                $"The data folder {path} cannot be made: {error.Message} "
                + "Set SLUICE_DATA to a folder that can be written.");
        }
    }

    /// <summary>Makes a folder in the data folder; made by root, it belongs to whom the data folder belongs.</summary>
    public static void MakeInside(string path)
    {
        if (Directory.Exists(path)) return;
        var owner = FileOwner.Of(path);
        Directory.CreateDirectory(path, Private);
        owner?.GiveAll(path);
    }
}
