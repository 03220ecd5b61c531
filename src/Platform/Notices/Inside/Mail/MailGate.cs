using Microsoft.Extensions.Options;
using Sluice.Kernel;

namespace Sluice.Platform.Notices.Inside.Mail;

/// <summary>Whether mail works, as the settings have it.</summary>
internal sealed class MailGate(IOptions<MailOptions> options)
{
    private static readonly Refusal NoServer = Refusal.Conflict(
        "notices.mail-closed",
        "This needs mail, which is closed here: an operator sets SLUICE_MAIL__HOST and SLUICE_MAIL__FROM.");

    public bool IsKept => options.Value.Keep;

    public bool IsOpen => IsKept || options.Value.Host.Length > 0;

    public Refusal? Closed => IsOpen ? null : NoServer;
}
