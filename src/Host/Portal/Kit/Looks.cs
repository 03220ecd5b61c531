namespace Sluice.Host.Portal.Kit;

/// <summary>How a button presents itself. At most one primary stands on a page.</summary>
public enum ButtonLook
{
    Plain,
    Primary,
    Danger,
    Quiet,
}

/// <summary>What a badge or banner means; a word or an icon always says it too.</summary>
public enum Tone
{
    Neutral,
    Info,
    Ok,
    Warn,
    Bad,
}

/// <summary>How a moment is told.</summary>
public enum TimeShape
{
    /// <summary>"3 minutes ago"; the exact time on hover.</summary>
    Relative,

    /// <summary>"21 Nov 2026, 15:04".</summary>
    Exact,

    /// <summary>"21 Nov 2026".</summary>
    Day,
}

internal static class Looks
{
    public static string Class(this ButtonLook look) => look switch
    {
        ButtonLook.Primary => "button primary",
        ButtonLook.Danger => "button danger",
        ButtonLook.Quiet => "button quiet",
        _ => "button",
    };

    public static string Class(this Tone tone) => tone switch
    {
        Tone.Info => "info",
        Tone.Ok => "ok",
        Tone.Warn => "warn",
        Tone.Bad => "bad",
        _ => "neutral",
    };

    public static string IconOf(this Tone tone) => tone switch
    {
        Tone.Ok => "check",
        Tone.Warn or Tone.Bad => "alert",
        _ => "info",
    };
}
