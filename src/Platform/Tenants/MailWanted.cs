namespace Sluice.Platform.Tenants;

/// <summary>
/// A fact: somebody is to get a mail. Who sends mail subscribes to it. Values may hold a one-time link, so neither they nor
/// the row that carries them are ever logged, and the row goes once it is handled.
/// </summary>
/// <param name="To">An address as <see cref="User.Email"/> keeps it.</param>
/// <param name="Template">One of <see cref="MailTemplates"/>.</param>
/// <param name="Values">What the template says: see there.</param>
public sealed record MailWanted(string To, string Template, IReadOnlyDictionary<string, string> Values);

/// <summary>
/// The mails that this room wants. All have <c>name</c> (may be empty); <c>link</c> is a whole address that works once, until
/// <c>expires</c> (ISO 8601, UTC); <c>device</c> and <c>network</c> tell from where something was done.
/// </summary>
public static class MailTemplates
{
    /// <summary>Confirm that the address is yours: <c>link</c>, <c>expires</c>.</summary>
    public const string Verify = "verify";
    /// <summary>Join an organization: <c>link</c>, <c>expires</c>, <c>organization</c>, <c>role</c>.</summary>
    public const string Invitation = "invitation";
    /// <summary>Somebody signed up with an address that has an account already: <c>link</c> (to sign in).</summary>
    public const string AlreadySignedUp = "already-signed-up";
    /// <summary>Choose a new password: <c>link</c>, <c>expires</c>.</summary>
    public const string Reset = "reset";
    /// <summary>To the new address: confirm the change: <c>link</c>, <c>expires</c>.</summary>
    public const string ChangeEmail = "change-email";
    /// <summary>To the old address: it was changed: <c>email</c> (the new one).</summary>
    public const string EmailChanged = "email-changed";
    /// <summary>The password was changed: <c>device</c>, <c>network</c>.</summary>
    public const string PasswordChanged = "password-changed";
    /// <summary>
    /// A second factor was added or removed: <c>change</c> (<c>added</c> or <c>removed</c>), <c>device</c>, <c>network</c>.
    /// </summary>
    public const string FactorChanged = "factor-changed";
    /// <summary>
    /// A passkey was added or removed: <c>change</c> (<c>added</c> or <c>removed</c>), <c>device</c>, <c>network</c>.
    /// </summary>
    public const string PasskeyChanged = "passkey-changed";
    /// <summary>
    /// A wallet was linked or unlinked: <c>change</c> (<c>linked</c> or <c>unlinked</c>), <c>wallet</c> (its address),
    /// <c>device</c>, <c>network</c>.
    /// </summary>
    public const string WalletChanged = "wallet-changed";
    /// <summary>
    /// A login at an identity provider was linked or taken away: <c>change</c> (<c>added</c> or <c>removed</c>),
    /// <c>provider</c>, <c>device</c>, <c>network</c>.
    /// </summary>
    public const string LoginChanged = "login-changed";
    /// <summary>
    /// A refresh token was used twice, so its grant has ended: <c>device</c> (the program), <c>network</c>.
    /// </summary>
    public const string TokenReused = "token-reused";

    /// <summary>What one asked to take along is ready: <c>link</c> (a page), <c>until</c> (when it is deleted).</summary>
    public const string ExportReady = "export-ready";
    /// <summary>
    /// To the owners: an organization is to be deleted: <c>organization</c>, <c>at</c> (when), <c>link</c> (where to take it
    /// back).
    /// </summary>
    public const string OrganizationDeletion = "organization-deletion";
    /// <summary>The account is to be deleted: <c>at</c> (when), <c>link</c> (where to take it back).</summary>
    public const string AccountDeletion = "account-deletion";
    /// <summary>
    /// The account was to be deleted and was not: <c>why</c> (a sentence), <c>link</c> (where to ask again).
    /// </summary>
    public const string AccountKept = "account-kept";
    /// <summary>The account is deleted.</summary>
    public const string AccountDeleted = "account-deleted";

    /// <summary>All of them, for whoever writes their texts.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        Verify, Invitation, AlreadySignedUp, Reset, ChangeEmail, EmailChanged, PasswordChanged, FactorChanged, PasskeyChanged,
        WalletChanged, LoginChanged, TokenReused, ExportReady, OrganizationDeletion, AccountDeletion, AccountKept,
        AccountDeleted,
    ];
}
