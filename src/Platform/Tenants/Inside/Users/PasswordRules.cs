using System.Collections.Frozen;
using System.Reflection;
using System.Text;

namespace Sluice.Platform.Tenants.Inside.Users;

/// <summary>
/// What a password must be (NIST SP 800-63B, ASVS 5.0): long, and none that is tried first. Nothing about which characters it is
/// made of. Pure.
/// </summary>
internal static class PasswordRules
{
    public const int LengthMin = 12;
    public const int LengthMax = 128;

    // A common word with so much around it is still that word.
    private const int PaddingMax = 6;
    private const int TellingMin = 4;
    private const int DifferentMin = 4;
    private const string Resource = "Sluice.Platform.Tenants.Inside.Users.common-passwords.txt";

    // Fingers along the keys, both ways.
    private static readonly string[] Walks =
    [
        .. from walk in new[]
           {
               "qwertyuiop[]asdfghjkl;'zxcvbnm,./", "qwertyuiopasdfghjklzxcvbnm", "1234567890-=", "1qaz2wsx3edc4rfv5tgb",
           }
           from way in new[] { walk + walk, new string([.. (walk + walk).Reverse()]) }
           select way,
    ];

    private static readonly FrozenSet<string> Common = Load();

    /// <summary>Everything wrong with a password that somebody of this address chose; empty when nothing is.</summary>
    public static IReadOnlyList<string> Faults(string password, string email, string installation)
    {
        var length = password.EnumerateRunes().Count();
        if (length < LengthMin) return [$"has {length} characters. Use at least {LengthMin}: a few words do well."];
        if (length > LengthMax) return [$"has {length} characters, at most {LengthMax} are allowed."];
        List<string> faults = [];
        var lower = password.ToLowerInvariant();
        if (Holds(lower, email) || Holds(lower, email[..email.IndexOf('@', StringComparison.Ordinal)]))
            faults.Add("holds your e-mail address. Choose one that nobody can tell from your name.");
        if (Holds(lower, installation.ToLowerInvariant()))
            faults.Add($"holds the name {installation}. Choose one that has nothing to do with this place.");
        if (IsCommon(lower)) faults.Add("is one of those that are tried first. Choose one that nobody else has.");
        return faults;
    }

    private static bool Holds(string password, string word) =>
        word.Length >= TellingMin && password.Contains(word, StringComparison.Ordinal);

    private static bool IsCommon(string lower) =>
        Common.Contains(lower)
        || lower.Distinct().Count() < DifferentMin
        || Walks.Any(walk => walk.Contains(lower, StringComparison.Ordinal))
        || IsRow(lower)
        || IsPadded(lower)
        || IsRepeated(lower);

    // abcdefghijkl, 987654321098.
    private static bool IsRow(string text)
    {
        foreach (var step in new[] { 1, -1 })
        {
            var all = true;
            for (var i = 1; i < text.Length && all; i++)
                all = text[i] - text[i - 1] == step || (text[i - 1], text[i], step) is ('9', '0', 1) or ('0', '9', -1);
            if (all) return true;
        }
        return false;
    }

    private static bool IsPadded(string text)
    {
        var start = 0;
        var end = text.Length;
        while (start < end && !char.IsLetter(text[start])) start++;
        while (end > start && !char.IsLetter(text[end - 1])) end--;
        return text.Length - (end - start) <= PaddingMax && (IsWord(text[start..end]) || IsRepeated(text[start..end]));
    }

    private static bool IsRepeated(string text)
    {
        for (var unit = 1; unit <= text.Length / 2; unit++)
        {
            if (text.Length % unit != 0) continue;
            var first = text[..unit];
            if (string.Concat(Enumerable.Repeat(first, text.Length / unit)) == text && (unit <= TellingMin || IsWord(first)))
                return true;
        }
        return false;
    }

    private static bool IsWord(string text) => Common.Contains(text) || Common.Contains(Plain(text));

    // p4ssw0rd is password.
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var c in text)
            plain.Append(Letter(c));
        return plain.ToString();
    }

    private static char Letter(char c) => c switch
    {
        '0' => 'o',
        '1' => 'l',
        '3' => 'e',
        '4' or '@' => 'a',
        '5' or '$' => 's',
        '7' => 't',
        _ => c,
    };

    private static FrozenSet<string> Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException("The list of common passwords is not in the binary.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => line[0] != '#').ToFrozenSet(StringComparer.Ordinal);
    }
}
