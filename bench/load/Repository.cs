namespace Sluice.Load;

/// <summary>Where things lie in the working copy.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Bench => Path.Combine(Root, "bench");

    /// <summary>What is measured: SLUICE_EXE (a published one, say), else the Release build.</summary>
    public static string Executable =>
        Environment.GetEnvironmentVariable("SLUICE_EXE") ?? Path.Combine(Root, "src/Host/bin/Release/net10.0/sluice");

    public static string Artifacts => Directory.CreateDirectory(Path.Combine(Root, "artifacts/bench")).FullName;

    private static string Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Sluice.slnx"))) return at.FullName;
        }
        throw new InvalidOperationException("Not inside the working copy.");
    }
}
