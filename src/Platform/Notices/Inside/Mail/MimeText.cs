using System.Globalization;
using System.Text;

namespace Sluice.Platform.Notices.Inside.Mail;

/// <summary>
/// A mail as it goes over the wire (RFC 5322, 2045 to 2047): ASCII lines of at most 76 characters, whatever is written, so
/// that no server needs to be able to do more. What is said in a header is encoded or refused: it ends no line.
/// </summary>
internal static class MimeText
{
    private const int LineMax = 76;
    // Of an encoded word: 12 characters stand around it, base 64 makes four of three, and the name of the header comes first.
    private const int WordBytesMax = 39;

    public static byte[] Compose(MailMessage message, Mailbox from, Mailbox to)
    {
        var boundary = $"=_{Kernel.WireId.Encode(message.Id.Value)}";
        var text = new StringBuilder();
        Header(text, "Date", message.At.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture));
        Header(text, "From", from.Name is { } name ? $"{Phrase(name)} <{from.Address}>" : from.Address);
        Header(text, "To", to.Address);
        Header(text, "Subject", Words(message.Subject));
        Header(text, "Message-ID", $"<{message.Id}@{from.Domain}>");
        // RFC 3834: nobody's holiday notice answers this.
        Header(text, "Auto-Submitted", "auto-generated");
        Header(text, "MIME-Version", "1.0");
        Header(text, "Content-Type", $"multipart/alternative; boundary=\"{boundary}\"");
        text.Append("\r\n");
        Part(text, boundary, "text/plain", message.Text);
        Part(text, boundary, "text/html", message.Html);
        text.Append("--").Append(boundary).Append("--\r\n");
        // Only a local part in another script is not ASCII, and then the server takes UTF-8 (RFC 6532).
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The text of a header: as it is where it is plain ASCII, in encoded words (RFC 2047) otherwise.</summary>
    public static string Words(string text)
    {
        var plain = text.All(c => c is >= ' ' and <= '~') && !text.Contains("=?", StringComparison.Ordinal);
        if (plain && text.Length <= LineMax - 12) return text;
        List<string> words = [];
        var chunk = new StringBuilder();
        var bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (bytes + rune.Utf8SequenceLength > WordBytesMax)
            {
                words.Add(Word(chunk.ToString()));
                chunk.Clear();
                bytes = 0;
            }
            chunk.Append(rune.ToString());
            bytes += rune.Utf8SequenceLength;
        }
        words.Add(Word(chunk.ToString()));
        return string.Join("\r\n ", words);
    }

    /// <summary>Quoted-printable (RFC 2045, 6.7) of UTF-8, lines ended by CR LF.</summary>
    public static string QuotedPrintable(string text)
    {
        var made = new StringBuilder(text.Length + 64);
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            var bytes = Encoding.UTF8.GetBytes(line);
            var width = 0;
            for (var i = 0; i < bytes.Length; i++)
            {
                var plain = bytes[i] is >= 33 and <= 126 and not (byte)'='
                    || (bytes[i] is (byte)' ' or (byte)'\t' && i < bytes.Length - 1);
                var size = plain ? 1 : 3;
                if (width + size > LineMax - 1)
                {
                    made.Append("=\r\n");
                    width = 0;
                }
                if (plain) made.Append((char)bytes[i]);
                else made.Append('=').Append(bytes[i].ToString("X2", CultureInfo.InvariantCulture));
                width += size;
            }
            made.Append("\r\n");
        }
        return made.ToString();
    }

    private static void Part(StringBuilder text, string boundary, string type, string body)
    {
        text.Append("--").Append(boundary).Append("\r\n");
        Header(text, "Content-Type", $"{type}; charset=utf-8");
        Header(text, "Content-Transfer-Encoding", "quoted-printable");
        text.Append("\r\n").Append(QuotedPrintable(body));
    }

    private static void Header(StringBuilder text, string name, string value)
    {
        // Folded lines are made here alone and begin with a blank; any other end of a line would begin a header.
        foreach (var line in value.Split("\r\n "))
        {
            if (line.Any(char.IsControl))
                throw new ArgumentException($"The header {name} holds a control character.", nameof(value));
        }
        text.Append(name).Append(": ").Append(value).Append("\r\n");
    }

    private static string Phrase(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-') ? name : Word(name);

    private static string Word(string text) => $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}?=";
}
