using System.Globalization;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Users;

/// <summary>
/// Addresses as they are kept: trimmed, in lower case, the domain in its ASCII form, so that one text is one mailbox and
/// none looks like another. What stands before the @ is plain ASCII: few servers deliver anything else, and what cannot be
/// written cannot deceive.
/// </summary>
internal static class EmailAddress
{
    public const int LengthMax = 254;
    private const int LocalMax = 64;
    private const int LabelMax = 63;
    private const string LocalMarks = "!#$%&'*+/=?^_`{|}~-";

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    /// <summary>The address as it is kept, or the refusal that names the field.</summary>
    public static Result<string> Check(string? text, string field = "email")
    {
        if (Read(text?.Trim() ?? "", out var fault) is { } address) return address;
        var faults = new Faults();
        faults.Add(field, fault);
        return faults.Refuse();
    }

    /// <summary>The same for a field of a body; empty, with a fault, where it is none.</summary>
    public static string Email(this ObjectAt at, string name)
    {
        if (at.Find(name) is not { } value) at.Faults.Add(at.At(name), "is missing. Add it: an e-mail address.");
        else if (ObjectAt.TextOf(value, at.At(name), at.Faults) is not { } text) return "";
        else if (Read(text.Trim(), out var fault) is { } address) return address;
        else at.Faults.Add(at.At(name), fault);
        return "";
    }

    private static string? Read(string text, out string fault)
    {
        const string wrong = "is no e-mail address. Write it as in name@example.org.";
        fault = wrong;
        // Bounded before anything looks at it; the ASCII form of a domain may be longer than what was written.
        if (text.Length > LengthMax)
        {
            fault = $"has {text.Length} characters, at most {LengthMax} are allowed.";
            return null;
        }
        var at = text.LastIndexOf('@');
        if (at < 1 || !IsLocal(text.AsSpan(0, at)) || Domain(text[(at + 1)..]) is not { } domain) return null;
        var address = $"{text[..at].ToLowerInvariant()}@{domain}";
        return address.Length <= LengthMax ? address : null;
    }

    private static bool IsLocal(ReadOnlySpan<char> local)
    {
        if (local.Length > LocalMax || local[0] == '.' || local[^1] == '.' || local.Contains("..", StringComparison.Ordinal))
            return false;
        foreach (var c in local)
            if (!char.IsAsciiLetterOrDigit(c) && c != '.' && !LocalMarks.Contains(c, StringComparison.Ordinal)) return false;
        return true;
    }

    private static string? Domain(string domain)
    {
        var labels = domain.ToLowerInvariant().Split('.');
        if (labels.Length < 2) return null;
        for (var i = 0; i < labels.Length; i++)
        {
            if (Label(labels[i]) is not { } label) return null;
            labels[i] = label;
        }
        // An address of digits is no name.
        return labels[^1].All(char.IsAsciiDigit) ? null : string.Join('.', labels);
    }

    private static string? Label(string label)
    {
        if (label.Length is 0 or > LabelMax || label[0] == '-' || label[^1] == '-') return null;
        try
        {
            if (label.StartsWith("xn--", StringComparison.Ordinal))
                return label.All(IsAscii) && Idn.GetUnicode(label) is var read && read != label && read.All(IsOfDomain)
                    && Idn.GetAscii(read) == label ? label : null;
            if (label.All(IsAscii)) return label;
            return label.All(IsOfDomain) && Idn.GetAscii(label) is { Length: <= LabelMax } ascii ? ascii : null;
        }
        catch (ArgumentException)
        {
            return null; // No label in any alphabet.
        }
    }

    private static bool IsAscii(char c) => char.IsAsciiLetterOrDigit(c) || c == '-';

    // Letters, marks and digits of living scripts. Forms that merely look like others (wide, mathematical, letter-like) lie
    // outside, and so does what is not one character.
    private static bool IsOfDomain(char c) =>
        IsAscii(c)
        || (c is > '\u00A0' and < '\u2000' or > '\u3004' and < '\uD7A4' && CharUnicodeInfo.GetUnicodeCategory(c) is
            UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark
            or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber);
}
