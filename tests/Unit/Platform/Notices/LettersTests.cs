using Sluice.Platform.Notices.Inside.Mail;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Unit.Platform.Notices;

/// <summary>Every mail in both forms, kept as golden files: <c>UPDATE_GOLDEN=1</c> writes them anew.</summary>
public sealed class LettersTests
{
    private static readonly Dictionary<string, string> Sample = new(StringComparer.Ordinal)
    {
        ["name"] = "Ada <b>Lovelace</b>",
        ["link"] = "https://gateway.example/do?token=abc&x=1",
        ["expires"] = "2030-01-15T13:00:00Z",
        ["device"] = "Firefox on Linux",
        ["network"] = "192.0.2.0/24",
        ["email"] = "new@example.org",
        ["change"] = "added",
        ["wallet"] = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        ["provider"] = "Acme ID",
        ["organization"] = "Acme \"& Sons\"",
        ["inviter"] = "Grace",
        ["role"] = "developer",
        ["title"] = "80 % of the daily quota is used",
        ["body"] = "240,000 of 300,000 units were used on 15 January 2030 (UTC).",
        ["rule"] = "Quota",
        ["url"] = "https://hooks.acme.example/sluice",
        ["why"] = "nothing arrived for 5 days.",
    };

    public static TheoryData<string> Templates => [.. Letters.All];

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_mail_reads_as_it_was_agreed(string template)
    {
        var letter = Letters.Write(template, Sample, "Sluice");
        Golden($"{template}.txt", $"Subject: {letter.Subject}\n\n{letter.Text("Sluice")}");
        Golden($"{template}.html", letter.Html("Sluice"));
    }

    [Fact]
    public void Every_mail_that_Tenants_wants_has_a_text() => Assert.Empty(MailTemplates.All.Except(Letters.All));

    [Fact]
    public void Every_golden_file_is_of_a_mail_there_is() => Assert.Empty(
        Repository.Files("tests/Vectors/mail", "").Select(Path.GetFileNameWithoutExtension).Except(Letters.All));

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_mail_holds_no_markup_of_others_no_image_and_no_second_link(string template)
    {
        var html = Letters.Write(template, Sample, "Sluice").Html("Sluice");
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.InRange(html.Split("href=").Length, 1, 2);
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("/verify")]
    [InlineData("")]
    public void What_is_no_address_of_a_page_becomes_no_link(string link)
    {
        var values = new Dictionary<string, string>(Sample, StringComparer.Ordinal) { ["link"] = link };
        Assert.DoesNotContain("href", Letters.Write(MailTemplates.Verify, values, "Sluice").Html("Sluice"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_ends_no_line()
    {
        var values = new Dictionary<string, string>(Sample, StringComparer.Ordinal) { ["organization"] = "Acme\r\nBcc: eve@example.org" };
        Assert.Equal("Join Acme  Bcc: eve@example.org", Letters.Write(MailTemplates.Invitation, values, "Sluice").Subject);
    }

    private static void Golden(string file, string text)
    {
        var path = Repository.Full($"tests/Vectors/mail/{file}");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, text);
        Assert.Equal(File.ReadAllText(path), text);
    }
}
