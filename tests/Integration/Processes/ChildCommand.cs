using System.Diagnostics;

namespace Sluice.Integration.Processes;

/// <summary>What to start and how.</summary>
/// <param name="Program">A path, or a name to be found in PATH.</param>
public sealed record ChildCommand(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>Added to this process' environment; null removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    public string? Directory { get; init; }

    /// <summary>What the kernel sends when the parent dies. A program with children of its own wants TERM.</summary>
    public string ParentDeathSignal { get; init; } = "KILL";

    /// <summary>The user to become; null keeps the present one.</summary>
    public string? User { get; init; }

    internal ProcessStartInfo ToStartInfo()
    {
        var info = new ProcessStartInfo("setpriv")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = false,
            UseShellExecute = false,
            WorkingDirectory = Directory ?? string.Empty,
        };
        info.ArgumentList.Add("--pdeathsig");
        info.ArgumentList.Add(ParentDeathSignal);
        if (User is not null)
        {
            foreach (var argument in (string[])[$"--reuid={User}", $"--regid={User}", "--init-groups"])
                info.ArgumentList.Add(argument);
        }
        info.ArgumentList.Add("--");
        info.ArgumentList.Add(Program);
        foreach (var argument in Arguments) info.ArgumentList.Add(argument);
        foreach (var (name, value) in Environment)
        {
            if (value is null) info.Environment.Remove(name);
            else info.Environment[name] = value;
        }
        return info;
    }
}
