using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Options;

namespace Sluice.Platform.Notices.Inside.Mail;

/// <summary>Sends over SMTP, one connection a mail. It speaks what is needed and no more; see the decision on it.</summary>
internal sealed class SmtpMailer(IOptions<MailOptions> settings, TimeProvider time) : IMailer
{
    private const int LoginStep = 334;

    private MailOptions Options => settings.Value;

    public async Task Send(MailMessage message, CancellationToken ct = default)
    {
        var from = Mailbox.Parse(Options.From, named: true)
            ?? throw new MailRefusedException("Mail:From is no address.");
        var to = Mailbox.Parse(message.To)
            ?? throw new MailRefusedException("The recipient is no address.") { IsFinal = true };
        var mail = MimeText.Compose(message, from, to);
        await using var session = new SmtpSession(Options, Authorities(), time);
        await session.Open(Greeting(from), ct);
        if (Options.User.Length > 0) await SignIn(session, ct);
        await Hand(session, from, to, mail, ct);
        try
        {
            await session.Say("QUIT", 221, ct);
        }
        catch (MailRefusedException)
        {
            // It has the mail; how it takes its leave does not matter.
        }
    }

    private static async Task Hand(SmtpSession session, Mailbox from, Mailbox to, byte[] mail, CancellationToken ct)
    {
        var international = to.IsInternational || from.IsInternational;
        if (international && !session.Can("SMTPUTF8"))
        {
            throw new MailRefusedException("The server does not take addresses in other scripts (SMTPUTF8).")
            {
                IsFinal = true,
            };
        }
        var extras = (session.Can("SIZE") ? $" SIZE={mail.Length}" : "")
            + (international ? $"{(session.Can("8BITMIME") ? " BODY=8BITMIME" : "")} SMTPUTF8" : "");
        try
        {
            await session.Say($"MAIL FROM:<{from.Address}>{extras}", 250, ct, "MAIL FROM");
            // 251: taken too, and passed on to where the mailbox is now (RFC 5321, 4.2.3).
            await session.Say($"RCPT TO:<{to.Address}>", 250, ct, "RCPT TO", also: 251);
            await session.Data(mail, ct);
        }
        catch (MailRefusedException fault) when (fault.Code is >= 500 and < 600)
        {
            // About this mail, and for ever. The same class of code before it is about the server or our settings.
            throw new MailRefusedException(fault.Message, fault) { IsFinal = true, Code = fault.Code };
        }
    }

    private async Task SignIn(SmtpSession session, CancellationToken ct)
    {
        if (!session.IsSecure && !IsLocal(Options.Host))
            throw new MailRefusedException("The password is not sent without TLS: set Mail:Tls to startTls or implicit.");
        var ways = session.Abilities.FirstOrDefault(one => one.StartsWith("AUTH ", StringComparison.Ordinal))?.Split(' ') ?? [];
        if (ways.Contains("PLAIN", StringComparer.Ordinal))
        {
            await session.Say($"AUTH PLAIN {Base64($"\0{Options.User}\0{Options.Password}")}", 235, ct, "AUTH");
        }
        else if (ways.Contains("LOGIN", StringComparer.Ordinal))
        {
            await session.Say("AUTH LOGIN", LoginStep, ct);
            await session.Say(Base64(Options.User), LoginStep, ct, "AUTH");
            await session.Say(Base64(Options.Password), 235, ct, "AUTH");
        }
        else
        {
            throw new MailRefusedException("The server offers neither AUTH PLAIN nor AUTH LOGIN.");
        }
    }

    private X509Certificate2Collection? Authorities()
    {
        if (Options.AuthorityFile.Length == 0) return null;
        var trusted = new X509Certificate2Collection();
        try
        {
            trusted.ImportFromPemFile(Options.AuthorityFile);
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new MailRefusedException($"Mail:AuthorityFile cannot be used: {fault.Message}", fault);
        }
        return trusted;
    }

    private static string Greeting(Mailbox from) => from.Domain;

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static bool IsLocal(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
