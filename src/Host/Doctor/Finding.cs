namespace Sluice.Host.Doctor;

internal enum FindingState { Ok, Warn, Fail }

/// <summary>One thing that was looked at, and what to do where it is not well.</summary>
internal sealed record Finding(string Check, FindingState State, string Says)
{
    /// <summary>The same for a program, where there is more to say than a sentence.</summary>
    public object? Details { get; init; }

    public static Finding Ok(string check, string says) => new(check, FindingState.Ok, says);
    public static Finding Warn(string check, string says) => new(check, FindingState.Warn, says);
    public static Finding Fail(string check, string says) => new(check, FindingState.Fail, says);
}
