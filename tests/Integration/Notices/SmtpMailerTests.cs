using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Platform.Notices;
using Xunit;

namespace Sluice.Integration.Notices;

/// <summary>The mailer against a server that keeps state, over real sockets and real TLS.</summary>
public sealed class SmtpMailerTests : IDisposable
{
    private const string Name = "localhost";
    private readonly Authority _authority = new("Mail tests");
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-smtp-").FullName;

    public SmtpMailerTests() => File.WriteAllText(AuthorityFile, _authority.Pem);

    private string AuthorityFile => Path.Combine(_folder, "authority.pem");

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(MailTls.StartTls, "PLAIN LOGIN")]
    [InlineData(MailTls.Implicit, "PLAIN")]
    [InlineData(MailTls.Implicit, "LOGIN XOAUTH2")]
    public async Task A_mail_arrives_over_TLS_signed_in(MailTls tls, string ways)
    {
        await using var server = SmtpStandIn.Start(_authority.Issue(false, Name), tls == MailTls.Implicit);
        server.Account = ("sluice", "pässword");
        server.Ways = ways;
        await Mailer(server, tls, o => (o.User, o.Password) = ("sluice", "pässword")).Send(Message());
        var mail = Assert.Single(server.Received);
        Assert.True(mail.Secure);
        Assert.Equal(("sluice", "noreply@acme.example", "ada@example.org"), (mail.User, mail.From, mail.To));
        Assert.Contains("Subject: Hello\r\n", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_arrives_as_it_was_written_dots_and_other_scripts_included()
    {
        await using var server = SmtpStandIn.Start();
        var text = ".\n..two\n.\nžluťoučký 🐎\n" + new string('x', 3000) + "\n. end \n";
        await Mailer(server, MailTls.None).Send(Message() with { Text = text, Subject = "Příliš žluťoučký kůň " + new string('ň', 80) });
        var mail = Assert.Single(server.Received).Text;
        Assert.All(mail.Split("\r\n"), line => Assert.InRange(line.Length, 0, 76));
        Assert.Equal(text, Decoded(mail));
    }

    [Theory]
    [InlineData("jörg@example.org", true)]
    [InlineData("ada@bücher.example", false)]
    public async Task An_address_in_another_script_is_sent_to(string to, bool international)
    {
        await using var server = SmtpStandIn.Start();
        await Mailer(server, MailTls.None).Send(Message() with { To = to });
        var mail = Assert.Single(server.Received);
        Assert.Equal(international ? to : "ada@xn--bcher-kva.example", mail.To);
        Assert.Equal(international, server.Commands.Any(line => line.EndsWith(" SMTPUTF8", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_address_that_the_server_cannot_spell_is_refused_for_ever()
    {
        await using var server = SmtpStandIn.Start();
        server.Abilities.Remove("SMTPUTF8");
        var fault = await Refused(server, MailTls.None, Message() with { To = "jörg@example.org" });
        Assert.True(fault.IsFinal);
        Assert.Empty(server.Received);
    }

    [Theory]
    [InlineData("ada@example.org>\r\nRCPT TO:<eve@example.org")]
    [InlineData("ada@example.org\r\nDATA")]
    [InlineData("<ada@example.org>")]
    [InlineData("ada@example.org, eve@example.org")]
    [InlineData("ada")]
    [InlineData("ada@[127.0.0.1]")]
    public async Task What_is_no_single_address_reaches_no_server(string to)
    {
        await using var server = SmtpStandIn.Start();
        Assert.True((await Refused(server, MailTls.None, Message() with { To = to })).IsFinal);
        Assert.Empty(server.Commands);
    }

    [Theory]
    [InlineData("RCPT", "550 5.1.1 no such user", true)]
    [InlineData("RCPT", "450 4.2.1 try later", false)]
    [InlineData("MAIL FROM", "552 too large", true)]
    [InlineData("MAIL-DATA", "554 5.7.1 spam", true)]
    [InlineData("MAIL-DATA", "451 busy", false)]
    [InlineData("DATA", "421 closing", false)]
    [InlineData("GREETING", "554 not you", false)]
    [InlineData("EHLO", "500 what", false)]
    [InlineData("RCPT", SmtpStandIn.Drop, false)]
    [InlineData("MAIL-DATA", SmtpStandIn.Drop, false)]
    [InlineData("GREETING", SmtpStandIn.Drop, false)]
    [InlineData("RCPT", "what is this", false)]
    [InlineData("RCPT", "2", false)]
    public async Task A_refusal_is_told_from_a_hindrance(string command, string answer, bool final)
    {
        await using var server = SmtpStandIn.Start();
        server.Misbehave = said => said.StartsWith(command, StringComparison.Ordinal) ? answer : null;
        var fault = await Refused(server, MailTls.None, Message());
        Assert.Equal(final, fault.IsFinal);
        Assert.Empty(server.Received);
    }

    [Theory]
    [InlineData("GREETING")]
    [InlineData("EHLO")]
    [InlineData("MAIL-DATA")]
    public async Task A_server_that_says_nothing_is_given_up(string command)
    {
        await using var server = SmtpStandIn.Start();
        server.Misbehave = said => said.StartsWith(command, StringComparison.Ordinal) ? SmtpStandIn.Hang : null;
        var fault = await Refused(server, MailTls.None, Message(), o => o.TimeoutMs = 300);
        Assert.Contains("within 300 ms", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_says_too_much_is_given_up()
    {
        await using var server = SmtpStandIn.Start();
        server.Misbehave = said => said.StartsWith("EHLO", StringComparison.Ordinal) ? "250-" + new string('x', 5000) : null;
        Assert.Contains("2000 bytes", (await Refused(server, MailTls.None, Message())).Message, StringComparison.Ordinal);
        server.Misbehave = said => said.StartsWith("EHLO", StringComparison.Ordinal)
            ? string.Join("\r\n", Enumerable.Repeat("250-x", 500)) : null;
        Assert.Contains("100 lines", (await Refused(server, MailTls.None, Message())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_STARTTLS_is_sent_nothing_where_it_is_needed()
    {
        await using var server = SmtpStandIn.Start();
        Assert.Contains("STARTTLS", (await Refused(server, MailTls.StartTls, Message())).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answers_that_were_put_before_TLS_are_not_believed()
    {
        await using var server = SmtpStandIn.Start(_authority.Issue(false, Name));
        server.Misbehave = said => said == "STARTTLS" ? "220 go\r\n250 planted" : null;
        Assert.Contains("before TLS", (await Refused(server, MailTls.StartTls, Message())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "other.example", true)]
    [InlineData(true, Name, true)]
    [InlineData(false, Name, false)]
    public async Task A_certificate_that_is_wrong_ended_or_unknown_is_not_accepted(bool ended, string name, bool trusted)
    {
        await using var server = SmtpStandIn.Start(_authority.Issue(ended, name));
        var fault = await Refused(server, MailTls.StartTls, Message(), o => o.AuthorityFile = trusted ? AuthorityFile : "");
        Assert.Contains("certificate", fault.Message, StringComparison.Ordinal);
        Assert.False(fault.IsFinal);
        Assert.DoesNotContain(server.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_password_is_no_fault_of_the_mail()
    {
        await using var server = SmtpStandIn.Start(_authority.Issue(false, Name));
        server.Account = ("sluice", "right");
        var fault = await Refused(server, MailTls.StartTls, Message(), o => (o.User, o.Password) = ("sluice", "wrong"));
        Assert.Equal((535, false), (fault.Code, fault.IsFinal));
        Assert.DoesNotContain("wrong ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_a_hindrance()
    {
        var port = FreePort.Next();
        var fault = await Assert.ThrowsAsync<MailRefusedException>(() => Mailer(port, MailTls.None, _ => { }).Send(Message()));
        Assert.False(fault.IsFinal);
    }

    private static MailMessage Message() => new(
        WireId.New<MailId>(), "ada@example.org", "Hello", "Hello.\n", "<p>Hello.</p>\n",
        new DateTimeOffset(2030, 1, 15, 12, 0, 0, TimeSpan.Zero));

    private async Task<MailRefusedException> Refused(
        SmtpStandIn server, MailTls tls, MailMessage message, Action<MailOptions>? more = null) =>
        await Assert.ThrowsAsync<MailRefusedException>(() => Mailer(server, tls, more).Send(message));

    private IMailer Mailer(SmtpStandIn server, MailTls tls, Action<MailOptions>? more = null) => Mailer(server.Port, tls, more);

    private IMailer Mailer(int port, MailTls tls, Action<MailOptions>? more)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddNotices(deliver: false);
        services.Configure<MailOptions>(o =>
        {
            (o.Host, o.Port, o.Tls, o.From, o.TimeoutMs) = (Name, port, tls, "Acme <noreply@acme.example>", 5000);
            o.AuthorityFile = AuthorityFile;
            more?.Invoke(o);
        });
        return services.BuildServiceProvider().GetRequiredService<IMailer>();
    }

    // The first part, as a reader of mail would decode it.
    private static string Decoded(string mail)
    {
        var boundary = "--" + mail.Split("boundary=\"")[1].Split('"')[0];
        var part = mail.Split(boundary)[1];
        var body = part[(part.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..].Replace("=\r\n", "", StringComparison.Ordinal);
        using var bytes = new MemoryStream();
        for (var i = 0; i < body.Length; i++)
        {
            if (body[i] == '=')
            {
                bytes.WriteByte(Convert.ToByte(body.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                bytes.WriteByte((byte)body[i]);
            }
        }
        return Encoding.UTF8.GetString(bytes.ToArray()).ReplaceLineEndings("\n")[..^1];
    }
}
