using System.Collections;

namespace Sluice.Host.Settings;

/// <summary>
/// The environment as configuration: <c>SLUICE_URLS</c> becomes <c>URLS</c>, <c>SLUICE_GATEWAY__BATCHMAX</c> becomes
/// <c>GATEWAY:BATCHMAX</c>. A name that ends in <c>_FILE</c> gives the value as the text of a file, so that a secret
/// need not stand in the environment. Faults are collected, never thrown, so that all of them can be told at once.
/// </summary>
internal sealed class SluiceConfiguration
{
    public const string Prefix = "SLUICE_";
    private const string FileSuffix = "_FILE";
    private const int FileBytesMax = 64 * 1024;

    private readonly Dictionary<string, string?> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _faults = [];

    public IReadOnlyDictionary<string, string?> Values => _values;

    public IReadOnlyList<string> Faults => _faults;

    public static SluiceConfiguration FromEnvironment() => From(Environment.GetEnvironmentVariables());

    public static SluiceConfiguration From(IDictionary environment)
    {
        var made = new SluiceConfiguration();
        foreach (DictionaryEntry entry in environment)
        {
            var name = (string)entry.Key;
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || name.Length == Prefix.Length) continue;
            made.Take(name, (string?)entry.Value ?? "", environment);
        }
        return made;
    }

    /// <summary>The value of a host setting (<c>URLS</c>), null when unset or empty.</summary>
    public string? Value(string name) => _values.TryGetValue(name, out var value) && value is { Length: > 0 } ? value : null;

    private void Take(string name, string value, IDictionary environment)
    {
        if (!name.EndsWith(FileSuffix, StringComparison.OrdinalIgnoreCase))
        {
            _values.TryAdd(KeyOf(name), value);
            return;
        }
        if (value.Length == 0) return;
        var plain = name[..^FileSuffix.Length];
        if (environment[plain] is string { Length: > 0 })
        {
            _faults.Add($"{plain} and {name} are both set: keep one of them.");
            return;
        }
        if (Read(name, value) is { } text) _values[KeyOf(plain)] = text;
    }

    private string? Read(string name, string path)
    {
        try
        {
            if (new FileInfo(path).Length <= FileBytesMax) return File.ReadAllText(path).Trim();
            _faults.Add($"{name} names {path}, which is larger than {FileBytesMax / 1024} KB: name a file with the value alone.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _faults.Add($"{name} names {path}, which cannot be read: {error.Message}");
        }
        return null;
    }

    private static string KeyOf(string name) => name[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal);
}
