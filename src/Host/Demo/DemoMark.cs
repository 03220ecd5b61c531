using System.Text.Json;
using Sluice.Kernel;

namespace Sluice.Host.Demo;

/// <summary>
/// The file that makes a data folder the demo's (<c>demo/demo.json</c>): what the demo made, by id, so that nothing of anybody
/// else is taken for it. Such a folder stays the demo's: its console showed ways in, and what came of them is not known.
/// </summary>
internal sealed record DemoMark(string? Organization, string? Operator, string? Consumer)
{
    private const string FileName = "demo.json";

    public static readonly DemoMark Empty = new(null, null, null);

    /// <summary>Refuses to start without the demo what the demo used.</summary>
    public static void Refuse(string dataDirectory)
    {
        if (!File.Exists(Path.Combine(dataDirectory, DemoProfile.FolderName, FileName))) return;
        throw new HostFault(
            $"{dataDirectory} is the demo's: whoever saw its console may hold sessions, tokens and keys of it. "
                + "Start the demo again (--demo), or give this installation a folder of its own: SLUICE_DATA.");
    }

    /// <summary>Null where the folder is not the demo's, or not yet.</summary>
    public static DemoMark? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<DemoMark>(File.ReadAllBytes(path)) ?? Empty;
        }
        catch (JsonException)
        {
            throw new HostFault($"{path} is damaged: give the demo another data folder (SLUICE_DATA).");
        }
    }

    public void Write(string folder) =>
        SecretFile.Write(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this));
}
