namespace Sluice.Host.Portal.Web;

/// <summary>
/// Where a form or a link may lead back to: a path of this installation. Everything else, however it is written, is no
/// place to send a browser to, because the person trusts the address that the journey began at.
/// </summary>
internal static class LocalPath
{
    private const int LengthMax = 2048;

    /// <summary>The path where it is one of this installation, otherwise <paramref name="fallback"/>.</summary>
    public static string Or(string? text, string fallback) => IsLocal(text) ? text! : fallback;

    public static bool IsLocal(string? text)
    {
        if (text is null || text.Length is 0 or > LengthMax || text[0] != '/') return false;
        // Browsers read a backslash as a slash, and two slashes begin another host.
        if (text.Length > 1 && text[1] is '/' or '\\') return false;
        foreach (var character in text)
            if (character is '\\' || char.IsControl(character) || char.IsWhiteSpace(character) || !char.IsAscii(character))
                return false;
        return true;
    }
}
