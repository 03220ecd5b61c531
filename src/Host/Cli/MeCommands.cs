using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

/// <summary>The account of the person whose token is used.</summary>
internal static class MeCommands
{
    public static Command Build()
    {
        return Verbs.Group("me", "Your account: that of the person whose token is used.",
            Verbs.Asking("show", "Your account.", [], (api, _, ct) => api.Get("me", ct), (_, answer) => Show(answer!)),
            Change(),
            Verbs.Asking("factors", "Your second factors.", [],
                (api, _, ct) => api.Get("me/factors", ct),
                (_, answer) => Output.Details(
                    answer!, new("Authenticator app", "totp"), new("Recovery codes left", "recoveryCodesLeft"))),
            Verbs.Listing("passkeys", "Your passkeys.", [],
                (_, _, _) => Task.FromResult("me/passkeys"), "You have no passkey.",
                new("Id", "id"), new("Name", "name"), new("Added", "createdAt"), new("Last used", "lastUsedAt")),
            Verbs.Listing("wallets", "Your wallets.", [],
                (_, _, _) => Task.FromResult("me/wallets"), "You linked no wallet.",
                new("Id", "id"), new("Name", "name"), new("Address", "address"), new("Added", "createdAt"),
                new("Last used", "lastUsedAt")),
            Verbs.Listing("logins", "Your accounts at identity providers.", [],
                (_, _, _) => Task.FromResult("me/logins"), "You linked none.",
                new("Id", "id"), new("Provider", "label"), new("Account", "shown"), new("Added", "createdAt"),
                new("Last used", "usedAt")),
            Verbs.Listing("sessions", "Where you are signed in, the latest used first.", [],
                (_, _, _) => Task.FromResult("me/sessions"), "You are signed in nowhere.",
                new("Id", "id"), new("Device", "device"), new("Network", "network"), new("Began", "createdAt"),
                new("Last seen", "lastSeenAt"), new("Until", "expiresAt")),
            Verbs.Listing("grants", "The programs that you let in, the latest used first.", [],
                (_, _, _) => Task.FromResult("me/grants"), "You let no program in.",
                new("Id", "id"), new("Program", "agent"), new("Network", "network"), new("Began", "createdAt"),
                new("Last used", "lastUsedAt"), new("Until", "expiresAt")));
    }

    private static Command Change()
    {
        var name = new Option<string?>("--name") { Description = "What others call you.", HelpName = "NAME" };
        var zone = new Option<string?>("--time-zone") { Description = "Such as Europe/Berlin.", HelpName = "ZONE" };
        return Verbs.Asking("change", "Change your name or time zone.", [name, zone],
            (api, parsed, ct) =>
            {
                var body = new JsonObject();
                if (parsed.GetValue(name) is { } other) body["name"] = other;
                if (parsed.GetValue(zone) is { } elsewhere) body["timeZone"] = elsewhere;
                return api.Patch("me", body, ct);
            },
            (_, answer) => Show(answer!));
    }

    private static void Show(JsonNode answer) => Output.Details(
        answer, new("Id", "id"), new("E-mail", "email"), new("Verified", "emailVerifiedAt"), new("Name", "name"),
        new("Time zone", "timeZone"), new("Platform role", "platformRole"), new("Second factor", "hasSecondFactor"));
}
