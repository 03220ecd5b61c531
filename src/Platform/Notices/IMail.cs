using Sluice.Kernel;

namespace Sluice.Platform.Notices;

/// <summary>Mail: whether it works at all, and what became of it.</summary>
public interface IMail
{
    /// <summary>Whether mails reach anybody. What needs a mail asks before it begins.</summary>
    bool IsOpen { get; }

    /// <summary>Null while mail is open; otherwise <c>notices.mail-closed</c>, which says what to set.</summary>
    Refusal? Closed { get; }

    /// <summary>Whether mails are kept for operators instead of sent.</summary>
    bool IsKept { get; }

    /// <summary>
    /// For operators: the last mails, newest first, at most 200. Text and HTML are there where mails are kept, for who may
    /// open mail; they hold other people's links.
    /// </summary>
    Task<Result<IReadOnlyList<Mail>>> List(Actor actor, CancellationToken ct = default);

    /// <summary>
    /// For operators: queues a mail that says that mail works. Refused with <c>notices.mail-closed</c>, and with
    /// <c>notices.address-invalid</c> for what is no address.
    /// </summary>
    Task<Result<Mail>> SendTest(string to, Actor actor, CancellationToken ct = default);
}

/// <summary>What became of a mail.</summary>
public enum MailState
{
    /// <summary>To be sent, for the first time or again.</summary>
    Waiting,

    /// <summary>The server took it.</summary>
    Sent,

    /// <summary>In the operators' inbox.</summary>
    Kept,

    /// <summary>The server will not have it, or the attempts are used up.</summary>
    Failed,

    /// <summary>Its link ended before it could be sent.</summary>
    Expired,

    /// <summary>It was wanted while mail was closed.</summary>
    Closed,
}

/// <summary>A mail and what became of it.</summary>
/// <param name="To">The recipient.</param>
/// <param name="Template">Which mail it is.</param>
/// <param name="LastError">What the server said last; null when nothing went wrong.</param>
/// <param name="Subject">Where mails are kept.</param>
/// <param name="Text">Where mails are kept.</param>
/// <param name="Html">Where mails are kept.</param>
public sealed record Mail(
    MailId Id, string To, string Template, MailState State, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset? SentAt,
    string? LastError, string? Subject, string? Text, string? Html);
