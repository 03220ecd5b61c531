using System.CommandLine;

namespace Sluice.Host.Cli;

/// <summary>Signed tokens: the keys under them, and whom an outside issuer's are of.</summary>
internal static class AuthCommands
{
    public static Command Build() => Verbs.Group(
        "auth", "The keys that sign access tokens, and users of an outside issuer.",
        Verbs.Group("keys", "The keys that sign access tokens.", BuildList(), BuildRotate()), BuildLink(), BuildUnlink());

    private static Command BuildList() => Verbs.Listing(
        "list", "The keys, in the order in which they sign.", [], (_, _, _) => Task.FromResult("auth/keys"),
        "There is no key yet: the first token that is signed makes one.",
        new("Key", "id"), new("State", "state"), new("Signs from", "signsFrom"), new("Withdrawn", "withdrawnAt"));

    private static Command BuildRotate()
    {
        var withdraw = new Option<bool>("--withdraw")
        {
            Description = "After a key leaked: whatever others signed counts no more, at once. Clients refresh.",
        };
        return Verbs.Asking(
            "rotate", "Sign with a fresh key from now on. What older ones signed lasts to its end.", [withdraw],
            (api, parsed, ct) => api.Post("auth/keys/rotate", new { withdraw = parsed.GetValue(withdraw) }, ct),
            (_, answer) => Output.Line($"Key {answer!["id"]} signs from now on."));
    }

    private static Command BuildLink()
    {
        var user = User();
        var subject = new Argument<string>("SUBJECT") { Description = "What the issuer calls the person: 'sub' of its tokens." };
        return Verbs.Asking(
            "link", "Let a person in by the tokens of the outside issuer.", [user, subject],
            async (api, parsed, ct) =>
                await api.Put(await PathOf(api, parsed, user, ct), new { subject = parsed.GetValue(subject) }, ct),
            (_, _) => Output.Line("Linked."));
    }

    private static Command BuildUnlink()
    {
        var user = User();
        return Verbs.Asking(
            "unlink", "Let a person in by the tokens of the outside issuer no more.", [user],
            async (api, parsed, ct) => await api.Delete(await PathOf(api, parsed, user, ct), ct),
            (_, _) => Output.Line("Not linked any more."));
    }

    private static Argument<string> User() => new("USER") { Description = "The user's id or e-mail address." };

    private static async Task<string> PathOf(
        ApiConnection api, ParseResult parsed, Argument<string> user, CancellationToken ct) =>
        $"users/{await UserCommands.Find(api, parsed.GetValue(user)!, ct)}/external-subject";
}
