using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

internal static class KeyCommands
{
    public static Command Build()
    {
        var app = new Argument<string>("APP") { Description = "The app's id." };
        var key = new Argument<string>("KEY") { Description = "The key's id (key_…), not its text." };
        return Verbs.Group("key", "Keys, with which calls are made.",
            Create(app),
            Verbs.Paging("list", "The keys of an app.", [app],
                (_, parsed, _) => Task.FromResult($"apps/{Verbs.Part(parsed, app)}/keys"),
                "There is no key yet. 'sluice key create APP' makes one.",
                new("Id", "id"), new("Name", "name"), new("Kind", "kind"), new("Hint", "hint"), new("Created", "createdAt"),
                new("Expires", "expiresAt"), new("Revoked", "revokedAt")),
            Verbs.Asking("revoke", "End a key at once.", [key],
                (api, parsed, ct) => api.Post($"keys/{Verbs.Part(parsed, key)}/revoke", null, ct),
                (parsed, _) => Output.Line($"{parsed.GetValue(key)} is refused from now on.")),
            Rotate(key));
    }

    private static Command Create(Argument<string> app)
    {
        var kind = new Option<string>("--kind")
        {
            Description = "secret (servers) or publishable (needs a rule on the app).",
            DefaultValueFactory = _ => "secret",
        };
        kind.AcceptOnlyFromAmong("secret", "publishable");
        var issue = new IssueOptions("key", "Key");
        var limits = new LimitOptions();
        return Verbs.Making("create", "Create a key. Its text is shown once.", [app, kind, .. issue.All, .. limits.All],
            (api, parsed, ct) =>
            {
                var body = issue.Body(parsed);
                body["kind"] = parsed.GetValue(kind);
                body["limits"] = limits.Read(parsed);
                return api.Post($"apps/{Verbs.Part(parsed, app)}/keys", body, ct);
            },
            (_, answer) => ShowIssued(answer));
    }

    private static Command Rotate(Argument<string> key)
    {
        var overlap = IssueOptions.Overlap("How long the old key still works: 0s, 1h, 7d.");
        return Verbs.Making(
            "rotate", "Issue a successor with the same app, kind and limits. Its text is shown once.", [key, overlap],
            (api, parsed, ct) => api.Post(
                $"keys/{Verbs.Part(parsed, key)}/rotate", IssueOptions.OverlapBody(parsed, overlap), ct),
            (_, answer) => ShowIssued(answer));
    }

    private static void ShowIssued(JsonNode? answer)
    {
        var thing = answer?["key"] as JsonObject ?? answer!;
        Output.Details(thing, new("Key", "id"), new("Kind", "kind"), new("Name", "name"), new("Expires", "expiresAt"));
        IssueOptions.ShowSecret(answer);
    }
}
