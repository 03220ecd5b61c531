using System.CommandLine;

namespace Sluice.Host.Cli;

internal static class MailCommands
{
    public static Command Build()
    {
        var to = new Argument<string>("ADDRESS") { Description = "Who gets it." };
        return Verbs.Group("mail", "Mails that were wanted, and what became of them.",
            Verbs.Listing("list", "The last 200 mails; --json shows their text where mails are kept.", [],
                (_, _, _) => Task.FromResult("mail"),
                "There is no mail yet. 'sluice mail test ADDRESS' sends one.",
                new("Id", "id"), new("To", "to"), new("Mail", "template"), new("State", "state"), new("Attempts", "attempts"),
                new("Created", "createdAt"), new("Error", "lastError")),
            Verbs.Asking("test", "Queue a mail that says that mail works.", [to],
                (api, parsed, ct) => api.Post("mail/test", new { to = parsed.GetValue(to) }, ct),
                (_, answer) => Output.Details(answer!, new("Mail", "id"), new("To", "to"), new("State", "state"))));
    }
}
