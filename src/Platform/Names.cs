using System.Globalization;
using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>
/// What people call things: 1 to 100 characters, trimmed, of what can be seen. A name stands on pages, in terminals and
/// in mails of others, so nothing in it may hide, reorder or mark up what stands around it.
/// </summary>
internal static class Names
{
    public const int LengthMax = 100;

    // Letters to Unicode, blank to the eye: Hangul fillers and the empty Braille cell.
    private const string Blank = "\u115F\u1160\u2800\u3164\uFFA0";

    /// <summary>The name as it is kept, or the refusal that names the field.</summary>
    public static Result<string> Check(string? name, string field = "name")
    {
        var trimmed = name?.Trim() ?? "";
        if (Fault(trimmed) is not { } fault) return trimmed;
        var faults = new Faults();
        faults.Add(field, fault);
        return faults.Refuse();
    }

    /// <summary>What is wrong with a trimmed name and what to do; null when nothing is.</summary>
    public static string? Fault(string name)
    {
        if (name.Length == 0) return $"is empty. Write 1 to {LengthMax} characters.";
        if (name.Length > LengthMax) return $"has {name.Length} characters, at most {LengthMax} are allowed.";
        if (name.AsSpan().ContainsAny('<', '>')) return "holds < or >. Write plain text without markup.";
        return Hidden(name);
    }

    /// <summary>What is wrong with a text that is shown on one line; null when nothing is.</summary>
    public static string? Hidden(string text)
    {
        for (var i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1)
        {
            switch (CharUnicodeInfo.GetUnicodeCategory(text, i))
            {
                case UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator:
                    return "holds a control character, such as a line break or a tab. Remove it.";
                case UnicodeCategory.Format:
                    return "holds an invisible character, such as one of no width or one that turns the direction. Remove it.";
                case UnicodeCategory.Surrogate:
                    return "is not valid Unicode (half a surrogate pair). Write the character itself.";
                case UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse:
                    return "holds a character that means nothing to others. Remove it.";
                default:
                    if (Blank.Contains(text[i])) return "holds a character that looks like none. Remove it.";
                    break;
            }
        }
        return null;
    }
}
