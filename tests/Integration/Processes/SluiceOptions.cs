namespace Sluice.Integration.Processes;

/// <summary>How a <see cref="SluiceProcess"/> is started.</summary>
public sealed record SluiceOptions
{
    /// <summary>Connection string of an outside database; null lets the process start a private one.</summary>
    public string? Database { get; init; }

    /// <summary>The data directory; null takes a temporary one that goes with the process.</summary>
    public string? Data { get; init; }

    /// <summary>The port on 127.0.0.1; null takes a free one.</summary>
    public int? Port { get; init; }

    /// <summary>Arguments after <c>serve</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = ["--no-demo"];

    /// <summary>Settings on top of those that follow from the other options; null removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Path of the executable; null takes SLUICE_EXE or the one that stands beside the tests.</summary>
    public string? Executable { get; init; }

    /// <summary>Whether it leads a session and process group of its own, as a terminal's foreground job does.</summary>
    public bool OwnSession { get; init; }
}
