using System.ComponentModel.DataAnnotations;

namespace Sluice.Platform.Notices;

/// <summary>How mail leaves. Section <c>Mail</c>. Without <see cref="Host"/> mail is closed, unless it is kept.</summary>
public sealed class MailOptions
{
    /// <summary>Name or address of the SMTP server. Default none: mail is closed.</summary>
    [MaxLength(253)]
    public string Host { get; set; } = "";

    /// <summary>Its port. Default 0: 587 with STARTTLS, 465 with TLS from the start, 25 without.</summary>
    [Range(0, 65_535)]
    public int Port { get; set; }

    /// <summary>
    /// <c>startTls</c> (needed, not taken when offered), <c>implicit</c>, or <c>none</c>. Default <c>startTls</c>.
    /// </summary>
    public MailTls Tls { get; set; } = MailTls.StartTls;

    /// <summary>PEM file with authorities for the server's certificate, in place of those of the system. Default none.</summary>
    public string AuthorityFile { get; set; } = "";

    /// <summary>User name at the server. Default none: no sign-in there.</summary>
    [MaxLength(500)]
    public string User { get; set; } = "";

    /// <summary>Its password. A secret.</summary>
    [MaxLength(5000)]
    public string Password { get; set; } = "";

    /// <summary>Sender: <c>Acme &lt;noreply@acme.example&gt;</c>, or the address alone. Needed with a host.</summary>
    [MaxLength(400)]
    public string From { get; set; } = "";

    /// <summary>Longest wait for an answer of the server, in milliseconds. Default 30,000.</summary>
    [Range(100, 600_000)]
    public int TimeoutMs { get; set; } = 30_000;

    /// <summary>Attempts before a mail is given up. Default 14: about a day.</summary>
    [Range(1, 100)]
    public int AttemptsMax { get; set; } = 14;

    /// <summary>How long the record of a mail is kept, without its text, in days. Default 30.</summary>
    [Range(1, 3650)]
    public int KeepDays { get; set; } = 30;

    /// <summary>
    /// Whether mails are kept for operators to read instead of sent: for trying things out. The demo profile does.
    /// Default false.
    /// </summary>
    public bool Keep { get; set; }
}

/// <summary>How the connection to the SMTP server is protected.</summary>
public enum MailTls
{
    /// <summary>Begins in clear and must turn to TLS before anything is said.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Implicit,

    /// <summary>In clear. A password is sent to this machine itself only.</summary>
    None,
}
