namespace Sluice.Platform.Notices;

/// <summary>Hands one mail to a server, or says why not. What is behind it can be exchanged for another library.</summary>
public interface IMailer
{
    /// <summary>Returns once the server has taken the mail. Throws <see cref="MailRefusedException"/>.</summary>
    Task Send(MailMessage message, CancellationToken ct = default);
}

/// <summary>A mail with its two forms.</summary>
/// <param name="Id">Becomes the message id.</param>
/// <param name="To">One address, without a name.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">Plain text, lines ended by \n.</param>
/// <param name="Html">The same for people who read HTML.</param>
/// <param name="At">Becomes the date.</param>
public sealed record MailMessage(
    Kernel.MailId Id, string To, string Subject, string Text, string Html, DateTimeOffset At);

/// <summary>The server did not take a mail.</summary>
public sealed class MailRefusedException : Exception
{
    public MailRefusedException()
    {
    }

    public MailRefusedException(string message) : base(message)
    {
    }

    public MailRefusedException(string message, Exception inner) : base(message, inner)
    {
    }

    /// <summary>Whether trying again cannot help: the server knows the mail or its recipient and will not have it.</summary>
    public bool IsFinal { get; init; }

    /// <summary>The server's code; null where none came.</summary>
    public int? Code { get; init; }
}
