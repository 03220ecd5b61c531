namespace Sluice.Host;

/// <summary>
/// Why the host cannot go on, told to whoever started it in one sentence that says what to do. Not a bug: the command
/// line prints the message without a stack trace.
/// </summary>
internal sealed class HostFault(string message, IReadOnlyList<string>? details = null) : Exception(message)
{
    public IReadOnlyList<string> Details { get; } = details ?? [];

    /// <summary>Whether the command was written wrongly, rather than refused.</summary>
    public bool IsUsage { get; private init; }

    /// <summary>The command was written wrongly.</summary>
    public static HostFault Usage(string message) => new(message) { IsUsage = true };
}
