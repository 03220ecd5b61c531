using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

/// <summary>Accounts of people, for operators.</summary>
internal static class UserCommands
{
    private static readonly Column[] Columns =
    [
        new("Id", "id"), new("E-mail", "email"), new("Verified", "emailVerifiedAt"), new("Name", "name"),
        new("Platform role", "platformRole"), new("Created", "createdAt"), new("Suspended", "suspendedAt"),
    ];

    private const string RoleWords = "none, viewer (sees everything) or operator.";
    private static readonly string[] Roles = ["none", "viewer", "operator"];

    public static Command Build()
    {
        var user = new Argument<string>("USER") { Description = "The user's id or e-mail address." };
        var search = new Option<string?>("--search") { Description = "Part of an address or a name.", HelpName = "TEXT" };
        var why = new Option<string?>("--why") { Description = "Why, for other operators.", HelpName = "TEXT" };
        return Verbs.Group("user", "Accounts of people.",
            Verbs.Paging("list", "All users.", [search],
                (_, parsed, _) => Task.FromResult(
                    parsed.GetValue(search) is { Length: > 0 } text ? $"users?search={Uri.EscapeDataString(text)}" : "users"),
                "There is no user.", Columns),
            Verbs.Asking("show", "One user.", [user],
                async (api, parsed, ct) => await api.Get($"users/{await Find(api, parsed.GetValue(user)!, ct)}", ct),
                (_, answer) => Output.Details(
                    answer!, [.. Columns, new("Because", "suspendedWhy"), new("Second factor", "hasSecondFactor")])),
            Verbs.Asking("ways-in", "How a user gets in.", [user],
                async (api, parsed, ct) => await api.Get($"users/{await Find(api, parsed.GetValue(user)!, ct)}/ways-in", ct),
                (_, answer) => Output.Details(
                    answer!, new("Password", "password"), new("Authenticator app", "totp"), new("Passkeys", "passkeys"),
                    new("Wallets", "wallets"), new("Providers", "providers"))),
            Create(),
            Acting("suspend", "Lock a user out: sessions and tokens are refused at once.", user, [why],
                parsed => new { why = parsed.GetValue(why) }, answer => Output.Line($"{answer["email"]} is locked out.")),
            Acting("resume", "Let a user in again.", user, [], _ => null, answer => Output.Line(
                $"{answer["email"]} may sign in again.")),
            Acting("reset", "Remove a lost second factor, end all sessions, and get a one-time link to a new password.", user, [],
                _ => null, ShowLink),
            Acting("delete", "Have an account deleted some days from now, with what nobody else belongs to.", user, [],
                _ => null, answer => Output.Line($"{answer["email"]} is deleted at {answer["deleteAt"]}.")),
            Acting("keep", "Take the deletion of an account back.", user, [], _ => null, answer => Output.Line(
                $"{answer["email"]} is kept.")),
            Role(user));
    }

    private static Command Create()
    {
        var email = new Argument<string>("EMAIL") { Description = "The person's address, taken as proved." };
        var name = new Option<string?>("--name") { Description = "What the person is called.", HelpName = "NAME" };
        var role = RoleOption("none");
        return Verbs.Making(
            "create", "Make an account, and get a one-time link by which the person chooses a password.", [email, name, role],
            (api, parsed, ct) => api.Post(
                "users",
                new { email = parsed.GetValue(email), name = parsed.GetValue(name), platformRole = parsed.GetValue(role) }, ct),
            (_, answer) => ShowLink(answer!));
    }

    private static Command Role(Argument<string> user)
    {
        var role = new Argument<string>("ROLE") { Description = RoleWords };
        role.AcceptOnlyFromAmong(Roles);
        return Verbs.Asking("role", "Change what a user may do to the installation.", [user, role],
            async (api, parsed, ct) => await api.Put(
                $"users/{await Find(api, parsed.GetValue(user)!, ct)}/platform-role", new { role = parsed.GetValue(role) }, ct),
            (_, answer) => Output.Line($"{answer!["email"]}: {answer["platformRole"]}"));
    }

    private static Command Acting(
        string verb, string description, Argument<string> user, Option[] options, Func<ParseResult, object?> body,
        Action<JsonNode> show) => Verbs.Asking(
            verb, description, [user, .. options],
            async (api, parsed, ct) => await api.Post(
                $"users/{await Find(api, parsed.GetValue(user)!, ct)}/{verb}", body(parsed), ct),
            (_, answer) => show(answer!));

    private static Option<string> RoleOption(string otherwise)
    {
        var role = new Option<string>("--role")
        {
            Description = RoleWords,
            DefaultValueFactory = _ => otherwise,
        };
        role.AcceptOnlyFromAmong(Roles);
        return role;
    }

    private static void ShowLink(JsonNode answer)
    {
        Output.Details(answer, new("User", "user.id"), new("E-mail", "user.email"), new("Role", "user.platformRole"));
        Output.Line("");
        Output.Line("Hand this link over; it works once, for one hour, and is not shown again:");
        Output.Line(answer["link"]!.ToString());
    }

    /// <summary>The id of a user who was given by id or by address.</summary>
    // An address may be named by several accounts, of which one proved it.
    public static async Task<string> Find(ApiConnection api, string idOrEmail, CancellationToken ct)
    {
        if (idOrEmail.StartsWith("usr_", StringComparison.Ordinal)) return Uri.EscapeDataString(idOrEmail);
        var rows = await api.List($"users?search={Uri.EscapeDataString(idOrEmail)}", ct);
        var found = rows
            .Where(row => string.Equals(row["email"]?.ToString(), idOrEmail, StringComparison.OrdinalIgnoreCase)).ToList();
        if (found.FirstOrDefault(row => row["emailVerifiedAt"] is not null) is { } proved) return proved["id"]!.ToString();
        return found.Count switch
        {
            0 => throw new HostFault($"There is no user '{idOrEmail}'. 'sluice user list' shows those there are."),
            1 => found[0]["id"]!.ToString(),
            _ => throw new HostFault(
                $"{found.Count} accounts name '{idOrEmail}', and none has proved it. "
                + $"Give the id: 'sluice user list --search {idOrEmail}'."),
        };
    }
}
