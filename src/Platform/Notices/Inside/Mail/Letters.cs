using System.Globalization;
using Sluice.Platform.Tenants;

namespace Sluice.Platform.Notices.Inside.Mail;

/// <summary>The texts of all mails: one line of a table each.</summary>
internal static partial class Letters
{
    public const string SignIn = "sign-in";
    public const string FactorReset = "factor-reset";
    public const string Alert = "alert";
    public const string WebhookDisabled = "webhook-disabled";
    public const string Test = "test";

    private const string NotYou = "If that was not you, ignore this mail: nothing happens.";
    private const string Secure = "If that was not you, choose a new password now and end the sessions that you do not know.";

    // A new password does not end these ways in.
    private const string Remove = "If that was not you, remove it in your account under Security now, with every other way in, "
        + "session and token there that you do not know, and choose a new password.";

    private static readonly Dictionary<string, Func<Values, Letter>> Table = new(StringComparer.Ordinal)
    {
        [MailTemplates.Verify] = v => v.Letter(
            "Confirm your address", [$"Somebody signed up to {v.Brand} with this address. Confirm that it is yours."],
            "Confirm address", v.Once, NotYou),
        [MailTemplates.AlreadySignedUp] = v => v.Letter(
            "You have an account already",
            [$"Somebody signed up to {v.Brand} with this address, which has an account already. Nothing was changed."],
            "Sign in", "If you forgot the password, ask for a new one where you sign in.", NotYou),
        [MailTemplates.Reset] = v => v.Letter(
            "Choose a new password", [$"Somebody asked for a new password of your account at {v.Brand}."],
            "Choose a password", v.Once, "If that was not you, ignore this mail: the password stays as it is."),
        [MailTemplates.ChangeEmail] = v => v.Letter(
            "Confirm your new address", [$"Your account at {v.Brand} is to have this address from now on."],
            "Take this address", v.Once, NotYou),
        [MailTemplates.EmailChanged] = v => v.Letter(
            "Your address was changed", [$"Your account at {v.Brand} has another address now: {v["email"]}."],
            null, "If that was not you, write to whoever runs this installation at once."),
        [SignIn] = v => v.Letter(
            "Your link to sign in", [$"Open this link to sign in to {v.Brand}."], "Sign in", v.Once, NotYou),
        [MailTemplates.Invitation] = v => v.Letter(
            $"Join {v["organization"]}",
            [$"{v.Or("inviter", "Somebody")} invites you to join {v["organization"]} at {v.Brand}{v.After(" as ", "role")}."],
            "See the invitation", v.Once, "If you do not know who that is, ignore this mail: nothing happens."),
        [MailTemplates.PasswordChanged] = v => v.Letter(
            "Your password was changed", [$"The password of your account at {v.Brand} was changed{v.Where}."], null, Secure),
        [MailTemplates.FactorChanged] = v => v.Letter(
            $"A second factor was {v.Or("change", "changed")}",
            [$"A second factor of your account at {v.Brand} was {v.Or("change", "changed")}{v.Where}."], null, Secure),
        [MailTemplates.PasskeyChanged] = v => v.Letter(
            $"A passkey was {v.Or("change", "changed")}",
            [$"A passkey of your account at {v.Brand} was {v.Or("change", "changed")}{v.Where}."], null, Remove),
        [MailTemplates.WalletChanged] = v => v.Letter(
            $"A wallet was {v.Or("change", "changed")}",
            [$"The wallet {v["wallet"]} was {v.Or("change", "changed")}{v.Where}. Wallets sign in to your account at {v.Brand}."],
            null, Remove),
        [MailTemplates.LoginChanged] = v => v.Letter(
            $"A sign-in with {v.Or("provider", "a provider")} was {v.Or("change", "changed")}",
            [$"A sign-in with {v.Or("provider", "a provider")} was {v.Or("change", "changed")} in your account at"
                + $" {v.Brand}{v.Where}."], null, Remove),
        [MailTemplates.TokenReused] = v => v.Letter(
            "A program was signed out",
            [
                $"A refresh token of your account at {v.Brand} was used twice{v.Where}. Somebody may have copied it,"
                + " so it and all tokens that came of it have ended.",
            ],
            null, "Give the program new access if it is yours. If you do not know it, end the sessions that you do not know."),
        [FactorReset] = v => v.Letter(
            "Your second factor was removed",
            [$"An operator removed the second factors of your account at {v.Brand}, and all sessions ended."],
            null, "If you did not ask for that, write to whoever runs this installation at once."),
        [Alert] = v => v.Letter(
            v["title"], [v["body"], $"This is the alert rule \"{v["rule"]}\" of {v["organization"]}."],
            "Look at the alerts", "Members with the right to it change or remove the rule."),
        [WebhookDisabled] = v => v.Letter(
            "A webhook was switched off",
            [$"The webhook {v["url"]} of {v["organization"]} is switched off: {v["why"]}",
                "What happens from now on is not sent to it. Mend it, switch it on again, and send again what is missing."],
            "Look at the webhook"),
        [Test] = v => v.Letter("Mail works", [$"{v.Brand} sent this mail because an operator asked for it."], null),
    };

    public static IReadOnlyCollection<string> All => [.. Table.Keys, .. OfData.Keys];

    /// <summary>The mail of a template, or a fault of whoever wanted it.</summary>
    public static Letter Write(string template, IReadOnlyDictionary<string, string> values, string brand) =>
        Find(template) is { } write
            ? write(new Values(values, brand))
            : throw new ArgumentException($"There is no mail named {template}.", nameof(template));

    public static bool Knows(string template) => Find(template) is not null;

    private static Func<Values, Letter>? Find(string template) =>
        Table.GetValueOrDefault(template) ?? OfData.GetValueOrDefault(template);

    /// <summary>When what the mail says stops being of use; null when never.</summary>
    public static DateTimeOffset? Ends(IReadOnlyDictionary<string, string> values) => At(values, "expires");

    private static DateTimeOffset? At(IReadOnlyDictionary<string, string> values, string name) =>
        values.TryGetValue(name, out var text) && DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)
            ? at
            : null;

    private sealed class Values(IReadOnlyDictionary<string, string> values, string brand)
    {
        public string Brand => brand;

        /// <summary>On one line, whatever was given.</summary>
        public string this[string name] =>
            values.TryGetValue(name, out var value) ? string.Concat(value.Select(c => char.IsControl(c) ? ' ' : c)) : "";

        public string Once => Ends(values) is null ? "The link works once." : $"The link works once, until {Time("expires")}.";

        /// <summary>A time in words.</summary>
        public string Time(string name) => At(values, name) is { } at
            ? $"{at.UtcDateTime.ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture)} UTC"
            : this[name];

        public string Where => this["device"].Length == 0 ? "" : $", from {this["device"]}{After(" in the network ", "network")}";

        public string Or(string name, string otherwise) => this[name] is { Length: > 0 } value ? value : otherwise;

        public string After(string words, string name) => this[name] is { Length: > 0 } value ? words + value : "";

        public Letter Letter(string subject, string[] sentences, string? label, params string[] closing) => new(
            subject, this["name"], sentences, label is null || Link is not { } link ? null : (label, link), closing);

        // An address of a page, or none: what else stands there is no link.
        private string? Link =>
            Uri.TryCreate(this["link"], UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? this["link"] : null;
    }
}
