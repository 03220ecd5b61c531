using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>What people call things: 1 to 100 characters, without control characters, trimmed.</summary>
internal static class Names
{
    public const int LengthMax = 100;

    /// <summary>The name as it is kept, or the refusal <c>{room}.name</c>.</summary>
    public static Result<string> Check(string room, string? name)
    {
        var trimmed = name?.Trim() ?? "";
        if (trimmed.Length is 0 or > LengthMax)
            return Refusal.Invalid($"{room}.name", $"A name has 1 to {LengthMax} characters; this one has {trimmed.Length}.");
        if (trimmed.Any(c => char.IsControl(c) || char.IsSurrogate(c) && !IsPaired(trimmed)))
            return Refusal.Invalid($"{room}.name", "A name has no control characters: remove line breaks, tabs and the like.");
        return trimmed;
    }

    // PostgreSQL takes no half of a surrogate pair.
    private static bool IsPaired(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }
        return true;
    }
}
