using System.CommandLine;

namespace Sluice.Host.Cli;

internal static class NoticeCommands
{
    public static Command Build()
    {
        var unread = new Option<bool>("--unread") { Description = "Only those that were not read." };
        var notice = new Argument<string?>("NOTICE")
        {
            Description = "The notice's id (ntc_…); none marks all as read.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        return Verbs.Group("notice", "Your notices: of the person whose token is used.",
            Verbs.Paging("list", "Your notices, newest first.", [unread],
                (_, parsed, _) => Task.FromResult(parsed.GetValue(unread) ? "notices?unread=true" : "notices"),
                "There is no notice.",
                new("Id", "id"), new("Notice", "title"), new("More", "body"), new("Created", "createdAt"), new("Read", "readAt")),
            Verbs.Asking("read", "Mark a notice as read, or all.", [notice],
                (api, parsed, ct) => api.Post(
                    parsed.GetValue(notice) is { } id ? $"notices/{Uri.EscapeDataString(id)}/read" : "notices/read-all",
                    null, ct),
                (_, _) => Output.Line("Read.")));
    }
}
