using Sluice.Platform.Tenants;

namespace Sluice.Platform.Notices.Inside.Mail;

/// <summary>The texts of mails about data that is taken along, or deleted.</summary>
internal static partial class Letters
{
    private static readonly Dictionary<string, Func<Values, Letter>> OfData = new(StringComparer.Ordinal)
    {
        [MailTemplates.ExportReady] = v => v.Letter(
            "Your data is ready",
            [$"The export that you asked for at {v.Brand} is packed. It can be downloaded until {v.Time("until")}."],
            "Download your data",
            "If you did not ask for it, choose a new password now and write to whoever runs this installation."),
        [MailTemplates.OrganizationDeletion] = v => v.Letter(
            $"{v["organization"]} is to be deleted",
            [$"An owner of {v["organization"]} at {v.Brand}, or an operator, asked for its deletion. Its keys and tokens are"
                + $" refused from now on, and on {v.Time("at")} everything in it is deleted for good."],
            "Keep the organization", "If that is what you want, nothing is to be done."),
        [MailTemplates.AccountDeletion] = v => v.Letter(
            "Your account is to be deleted",
            [$"Your account at {v.Brand} is deleted for good on {v.Time("at")}, with the organizations that you own"
                + " and nobody else belongs to. Until then everything works as before."],
            "Keep the account", "If you did not ask for that, keep the account and choose a new password now."),
        [MailTemplates.AccountKept] = v => v.Letter(
            "Your account was not deleted", [$"Your account at {v.Brand} was to be deleted today. {v["why"]}"],
            "Look at your data", "Ask for the deletion again once that is settled."),
        [MailTemplates.AccountDeleted] = v => v.Letter(
            "Your account is deleted",
            [$"Your account at {v.Brand} is deleted. This is the last mail to you."], null),
    };
}
