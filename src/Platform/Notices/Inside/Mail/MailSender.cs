using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Tenants;

namespace Sluice.Platform.Notices.Inside.Mail;

/// <summary>
/// Sends one mail that is due. Logs tell which mail by its id and never what it says or to whom.
/// </summary>
internal sealed partial class MailSender(
    MailBook book, IMailer mailer, IOptions<MailOptions> options, IOptions<TenantsOptions> tenants, TimeProvider time,
    ILogger<MailSender> log)
{
    private const int ErrorMax = 1000;

    private static readonly TimeSpan[] Waits =
    [
        TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(3),
        TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1), TimeSpan.FromHours(2), TimeSpan.FromHours(4), TimeSpan.FromHours(6), TimeSpan.FromHours(8),
    ];

    /// <summary>Takes a mail that is due; null when none is.</summary>
    public async Task<Func<CancellationToken, Task>?> Take(CancellationToken ct) =>
        await book.Claim(ct) is { } mail ? stop => Try(mail, stop) : null;

    private async Task Try(MailBook.Claimed mail, CancellationToken ct)
    {
        if (mail.EndsAt <= time.GetUtcNow())
            await book.End(mail, MailState.Expired, "Its link ended before it could be sent.", ct);
        else if (book.Open(mail.Id, mail.Template, mail.Sealed) is { } letter)
            await Send(mail, letter, ct);
        else
            await book.End(mail, MailState.Failed, "What it says cannot be opened: the key that sealed it is not there.", ct);
    }

    private async Task Send(MailBook.Claimed mail, Letter letter, CancellationToken ct)
    {
        var brand = tenants.Value.InstallationName;
        try
        {
            await mailer.Send(
                new MailMessage(mail.Id, mail.To, letter.Subject, letter.Text(brand), letter.Html(brand), time.GetUtcNow()), ct);
        }
        catch (MailRefusedException fault)
        {
            await Settle(mail, fault, ct);
            return;
        }
        // Told even while stopping: it is gone, and nobody may send it again.
        await book.End(mail, MailState.Sent, null, CancellationToken.None);
    }

    private async Task Settle(MailBook.Claimed mail, MailRefusedException fault, CancellationToken ct)
    {
        var error = fault.Message.Length > ErrorMax ? fault.Message[..ErrorMax] : fault.Message;
        if (fault.IsFinal || mail.Attempt >= options.Value.AttemptsMax)
        {
            await book.End(mail, MailState.Failed, error, ct);
            LogFailed(mail.Id, mail.Template, fault.Code, mail.Attempt);
            return;
        }
        await book.Postpone(mail, Waits[Math.Min(mail.Attempt, Waits.Length) - 1], error, ct);
        LogPostponed(mail.Id, mail.Template, fault.Code, mail.Attempt);
    }

    [LoggerMessage(
        7001, LogLevel.Warning, "Mail {Mail} ({Template}) was not taken (code {Code}), attempt {Attempt}; it is tried again")]
    private partial void LogPostponed(MailId mail, string template, int? code, int attempt);

    [LoggerMessage(7002, LogLevel.Error, "Mail {Mail} ({Template}) is given up (code {Code}) after {Attempt} attempts")]
    private partial void LogFailed(MailId mail, string template, int? code, int attempt);
}
