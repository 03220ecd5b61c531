using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Kernel;
using Sluice.Platform.Notices;
using Sluice.Platform.Notices.Inside.Mail;
using Xunit;

namespace Sluice.Unit.Platform.Notices;

public sealed class MimeTextTests
{
    private static readonly Mailbox From = Mailbox.Parse("Acme Ünlimited <noreply@acme.example>", named: true)!;
    private static readonly Mailbox To = Mailbox.Parse("ada@example.org")!;

    [Fact]
    public void A_mail_is_ASCII_in_short_lines_whatever_it_says() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonNull<string>>(), ArbMap.Default.ArbFor<NonNull<string>>(),
        (subject, text) =>
        {
            var mail = Composed(Clean(subject.Get), text.Get);
            return mail.All(char.IsAscii) && mail.Split("\r\n").All(line => line.Length <= 78 && !line.Contains('\n') && !line.Contains('\r'));
        }).Holds();

    [Fact]
    public void A_subject_is_read_back_as_it_was_written() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonNull<string>>(),
        subject =>
        {
            var written = Clean(subject.Get) + "ž";
            var words = MimeText.Words(written).Split("\r\n ");
            var read = string.Concat(words.Select(word => Encoding.UTF8.GetString(Convert.FromBase64String(word[10..^2]))));
            return read == written;
        }).Holds();

    [Theory]
    [InlineData("Hello\r\nBcc: eve@example.org")]
    [InlineData("Hello\nBcc: eve@example.org")]
    [InlineData("Hello\r\n Bcc: eve@example.org")]
    public void A_subject_begins_no_header(string subject)
    {
        var mail = Composed(subject, "text");
        Assert.DoesNotContain("Bcc", mail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a=?b", "=?utf-8?B?YT0/Yg==?=")]
    public void Words_are_encoded_only_where_they_must_be(string text, string expected) => Assert.Equal(expected, MimeText.Words(text));

    [Theory]
    [InlineData(".\r\n", "..\r\n.\r\n")]
    [InlineData("a\r\n.b\r\n", "a\r\n..b\r\n.\r\n")]
    [InlineData("a", "a\r\n.\r\n")]
    [InlineData("a.b\r\n", "a.b\r\n.\r\n")]
    public void Dots_at_the_begin_of_a_line_are_doubled(string mail, string expected) =>
        Assert.Equal(expected, Encoding.ASCII.GetString(SmtpSession.Stuffed(Encoding.ASCII.GetBytes(mail))));

    [Theory]
    [InlineData("Acme <a@b.example>", "Acme", "a@b.example")]
    [InlineData("\"Acme, Inc\" <a@b.example>", "Acme, Inc", "a@b.example")]
    [InlineData("a@B.Example", null, "a@b.example")]
    [InlineData("a@bücher.example", null, "a@xn--bcher-kva.example")]
    public void A_sender_is_read(string text, string? name, string address)
    {
        var mailbox = Mailbox.Parse(text, named: true)!;
        Assert.Equal((name, address), (mailbox.Name, mailbox.Address));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("@b.example")]
    [InlineData("a@")]
    [InlineData("a b@c.example")]
    [InlineData("a@b.example>")]
    [InlineData("a@b..example")]
    [InlineData(".a@b.example")]
    [InlineData("a@127.0.0.1")]
    [InlineData("a@b_c.example")]
    [InlineData("a\u200b@b.example")]
    public void What_is_no_address_is_none(string text) => Assert.Null(Mailbox.Parse(text));

    private static string Composed(string subject, string text) => Encoding.UTF8.GetString(MimeText.Compose(
        new MailMessage(WireId.New<MailId>(), To.Address, subject, text, text, DateTimeOffset.UnixEpoch), From, To));

    // Half surrogates are no text, and are turned into what stands for them by every encoder.
    private static string Clean(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
