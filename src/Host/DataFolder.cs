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

    /// <summary>Writes a secret so that nobody else ever sees it, and whole or not at all.</summary>
    public static void WriteSecret(string path, string text)
    {
        var unfinished = path + ".new";
        using (var file = new FileStream(unfinished, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
        File.Move(unfinished, path, overwrite: true);
    }
}
