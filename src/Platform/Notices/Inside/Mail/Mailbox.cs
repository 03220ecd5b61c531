using System.Buffers;
using System.Globalization;

namespace Sluice.Platform.Notices.Inside.Mail;

/// <summary>
/// An address, with the name before it where there is one. The domain is in ASCII. Nothing in it can end a line or a
/// bracket, so it goes into headers and commands as it is.
/// </summary>
internal sealed record Mailbox(string? Name, string Local, string Domain)
{
    private const int LengthMax = 254;
    private const int LocalMax = 64;

    private static readonly SearchValues<char> Separators = SearchValues.Create("()<>[]:;@\\,\" ");
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    public string Address => $"{Local}@{Domain}";

    /// <summary>Whether the server must know SMTPUTF8 (RFC 6531).</summary>
    public bool IsInternational => !Local.All(char.IsAscii);

    /// <summary>Reads <c>a@b.example</c>, or with <paramref name="named"/> also <c>Name &lt;a@b.example&gt;</c>.</summary>
    public static Mailbox? Parse(string text, bool named = false)
    {
        text = text.Trim();
        if (!named || text.Length == 0 || text[^1] != '>') return Bare(text, null);
        var open = text.IndexOf('<', StringComparison.Ordinal);
        if (open < 0) return null;
        var name = text[..open].Trim().Trim('"').Trim();
        return Names.Hidden(name) is null ? Bare(text[(open + 1)..^1].Trim(), name.Length == 0 ? null : name) : null;
    }

    private static Mailbox? Bare(string text, string? name)
    {
        var at = text.LastIndexOf('@');
        if (at <= 0 || at == text.Length - 1 || Names.Hidden(text) is not null) return null;
        var local = text[..at];
        if (local.Length > LocalMax || local.AsSpan().ContainsAny(Separators) || !Dotted(local)) return null;
        try
        {
            var domain = Idn.GetAscii(text[(at + 1)..]).ToLowerInvariant();
            var made = new Mailbox(name, local, domain);
            // The last label of an address on the net is no number.
            return made.Address.Length <= LengthMax && Dotted(domain) && !char.IsAsciiDigit(domain[^1]) ? made : null;
        }
        catch (ArgumentException)
        {
            return null; // No name of a host in any script.
        }
    }

    private static bool Dotted(string text) =>
        text[0] != '.' && text[^1] != '.' && !text.Contains("..", StringComparison.Ordinal);
}
