using System.ComponentModel.DataAnnotations;

namespace Sluice.Platform.Tenants;

/// <summary>Who may sign up, and how people stay signed in. Section <c>Tenants</c>.</summary>
public sealed class TenantsOptions
{
    /// <summary>Who may sign up: <c>open</c>, <c>invitation</c> or <c>closed</c>. Default open.</summary>
    public SignUpPolicy SignUp { get; set; } = SignUpPolicy.Open;

    /// <summary>What the installation is called, in authenticator apps and in mails. Default Sluice.</summary>
    [Required, StringLength(60, MinimumLength = 1)]
    public string InstallationName { get; set; } = "Sluice";

    /// <summary>How long a session lasts at most, in days. Default 30.</summary>
    [Range(1, 365)]
    public int SessionDays { get; set; } = 30;

    /// <summary>How long a session lasts without being used, in hours. Default 168 (a week).</summary>
    [Range(1, 8760)]
    public int SessionIdleHours { get; set; } = 168;

    /// <summary>
    /// Rounds of PBKDF2-HMAC-SHA512 a password; what was hashed with fewer is hashed again at the next sign-in. Default
    /// 220,000 (OWASP asks for 210,000).
    /// </summary>
    [Range(210_000, 100_000_000)]
    public int HashRounds { get; set; } = 220_000;

    /// <summary>
    /// A file of passwords that were in breaches, none of which is taken: SHA-1 hashes in order, as Have I Been Pwned gives them
    /// out whole. Null asks none. Default null.
    /// </summary>
    [FileThere]
    public string? BreachedPasswords { get; set; }

    /// <summary>Passwords hashed at once by a process; each takes a core for a while. Default 1.</summary>
    [Range(1, 64)]
    public int HashingsMax { get; set; } = 1;

    /// <summary>Passwords that wait to be hashed; who comes later is told to come again. Default 16.</summary>
    [Range(1, 10_000)]
    public int HashingQueueMax { get; set; } = 16;

    /// <summary>
    /// Who must have a second factor, an authenticator app or a passkey, to do anything but look after the own account:
    /// <c>nobody</c>, <c>operators</c> (and platform viewers) or <c>everybody</c>. Default nobody.
    /// </summary>
    public SecondFactorDemand SecondFactor { get; set; } = SecondFactorDemand.Nobody;

    /// <summary>Where people reach the installation, for the links in mails. Set by the host from its public address.</summary>
    public Uri PublicUrl { get; set; } = new("http://localhost:4000");

    /// <summary>Who becomes operator once this address is proved. Set by the host.</summary>
    public string? OperatorEmail { get; set; }

    /// <summary>Who becomes platform viewer once this address is proved. Set by the host.</summary>
    public string? ViewerEmail { get; set; }

    /// <summary>The password that the accounts of the two addresses begin with; null makes no account. Set by the host.</summary>
    public string? BootstrapPassword { get; set; }
}

/// <summary>A file that must be there and open when the process starts.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FileThereAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is not string file || File.Exists(file)
            ? ValidationResult.Success
            : new ValidationResult($"{validationContext.MemberName}: there is no file {file}.");
}

/// <summary>Who must have a second factor.</summary>
public enum SecondFactorDemand
{
    Nobody,
    Operators,
    Everybody,
}

/// <summary>Who may sign up.</summary>
public enum SignUpPolicy
{
    Open,
    Invitation,
    Closed,
}
