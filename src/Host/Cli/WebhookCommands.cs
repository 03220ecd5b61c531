using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

internal static class WebhookCommands
{
    private static readonly Column[] DeliveryLines =
    [
        new("Id", "id"), new("Event", "event"), new("Type", "type"), new("State", "state"), new("Attempts", "attempts"),
        new("Status", "status"), new("Created", "createdAt"), new("Next", "dueAt"), new("Error", "error"),
    ];

    public static Command Build()
    {
        var organization = new Argument<string>("ORGANIZATION") { Description = "Id or name." };
        var webhook = new Argument<string>("WEBHOOK") { Description = "The webhook's id (whk_…)." };
        var delivery = new Argument<string>("DELIVERY") { Description = "The delivery's id (dlv_…)." };
        return Verbs.Group("webhook", "Webhooks: addresses to which an organization has its events sent.",
            Verbs.Listing("list", "The webhooks of an organization.", [organization],
                async (api, parsed, ct) => $"{await Verbs.PathOf(api, parsed, organization, ct)}/webhooks",
                "There is no webhook yet. 'sluice webhook create ORGANIZATION URL' makes one.",
                new("Id", "id"), new("Address", "url"), new("Types", "types"), new("Created", "createdAt"),
                new("Off since", "disabledAt"), new("Failing since", "failingSince")),
            Create(organization),
            Verbs.Asking("show", "One webhook.", [webhook],
                (api, parsed, ct) => api.Get($"webhooks/{Verbs.Part(parsed, webhook)}", ct), (_, answer) => Show(answer!)),
            Edit(webhook),
            Verbs.Asking("types", "The types of events.", [],
                (api, _, ct) => api.Get("webhook-types", ct),
                (_, answer) =>
                {
                    foreach (var type in answer!["data"]!.AsArray()) Output.Line(type!.ToString());
                }),
            Verbs.Asking("delivery", "One delivery with its body and every attempt.", [delivery],
                (api, parsed, ct) => api.Get($"deliveries/{Verbs.Part(parsed, delivery)}", ct),
                (_, answer) => ShowDelivery(answer!)),
            Verbs.Asking("delete", "Delete a webhook and its log.", [webhook],
                (api, parsed, ct) => api.Delete($"webhooks/{Verbs.Part(parsed, webhook)}", ct),
                (parsed, _) => Output.Line($"{parsed.GetValue(webhook)} is gone; what waited for it is not sent.")),
            Verbs.Asking("test", "Send the event webhook.test to a webhook.", [webhook],
                (api, parsed, ct) => api.Post($"webhooks/{Verbs.Part(parsed, webhook)}/test", null, ct),
                (_, answer) => Output.Details(answer!, DeliveryLines)),
            Verbs.Paging("deliveries", "What was sent to a webhook, newest first.", [webhook],
                (_, parsed, _) => Task.FromResult($"webhooks/{Verbs.Part(parsed, webhook)}/deliveries"),
                "Nothing was sent yet. 'sluice webhook test WEBHOOK' sends something.", DeliveryLines),
            Verbs.Asking("redeliver", "Send an event again.", [delivery],
                (api, parsed, ct) => api.Post($"deliveries/{Verbs.Part(parsed, delivery)}/redeliver", null, ct),
                (_, answer) => Output.Details(answer!, DeliveryLines)),
            Rotate(webhook));
    }

    private static Command Create(Argument<string> organization)
    {
        var url = new Argument<string>("URL") { Description = "https address that events are sent to." };
        var types = new Option<string[]>("--type")
        {
            Description = "A type of event; may be given several times. Default: all.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ["*"],
            HelpName = "TYPE",
        };
        var description = new Option<string>("--description")
        {
            Description = "What it is for.",
            DefaultValueFactory = _ => "",
            HelpName = "TEXT",
        };
        return Verbs.Making("create", "Create a webhook. Its secret is shown once.", [organization, url, types, description],
            async (api, parsed, ct) => await api.Post(
                $"{await Verbs.PathOf(api, parsed, organization, ct)}/webhooks",
                new
                {
                    url = parsed.GetValue(url),
                    types = parsed.GetValue(types),
                    description = parsed.GetValue(description),
                }, ct),
            (_, answer) => ShowIssued(answer!));
    }

    private static Command Edit(Argument<string> webhook)
    {
        var url = new Option<string?>("--url") { Description = "Another address.", HelpName = "URL" };
        var types = new Option<string[]>("--type")
        {
            Description = "The types of events, all of them anew; may be given several times.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "TYPE",
        };
        var description = new Option<string?>("--description") { Description = "What it is for.", HelpName = "TEXT" };
        var off = new Option<bool>("--off") { Description = "Send nothing to it." };
        var on = new Option<bool>("--on") { Description = "Send to it again." };
        return Verbs.Asking("edit", "Change a webhook; what is not given stays.", [webhook, url, types, description, off, on],
            (api, parsed, ct) => api.Edit($"webhooks/{Verbs.Part(parsed, webhook)}", now =>
            {
                if (parsed.GetValue(on) && parsed.GetValue(off)) throw HostFault.Usage("--on and --off exclude each other.");
                var chosen = parsed.GetValue(types) is { Length: > 0 } given
                    ? new JsonArray([.. given])
                    : now["types"]!.DeepClone().AsArray();
                return new JsonObject
                {
                    ["url"] = parsed.GetValue(url) ?? now["url"]!.ToString(),
                    ["types"] = chosen,
                    ["description"] = parsed.GetValue(description) ?? now["description"]!.ToString(),
                    ["enabled"] = parsed.GetValue(on) || (!parsed.GetValue(off) && now["disabledAt"] is null),
                };
            }, ct),
            (_, answer) => Show(answer!));
    }

    private static Command Rotate(Argument<string> webhook)
    {
        var overlap = IssueOptions.Overlap("How long the old secrets sign too: 0s, 1h, 7d.");
        return Verbs.Making("rotate", "Give a webhook another secret. It is shown once.", [webhook, overlap],
            (api, parsed, ct) => api.Post(
                $"webhooks/{Verbs.Part(parsed, webhook)}/rotate", IssueOptions.OverlapBody(parsed, overlap), ct),
            (_, answer) => ShowIssued(answer!));
    }

    private static void Show(JsonNode answer) => Output.Details(
        answer, new("Webhook", "id"), new("Address", "url"), new("Types", "types"), new("For", "description"),
        new("Created", "createdAt"), new("Off since", "disabledAt"), new("Because", "disabledWhy"),
        new("Failing since", "failingSince"));

    private static void ShowDelivery(JsonNode answer)
    {
        Output.Details(answer["delivery"]!, DeliveryLines);
        Output.Line("");
        Output.Line(answer["body"]!.ToString());
        if (Output.Rows(answer, "tries") is { Count: > 0 } tries)
        {
            Output.Line("");
            Output.Table(
                tries, "", new("Attempt", "number"), new("At", "at"), new("Status", "status"),
                new("Ms", "durationMs"), new("Error", "error"));
        }
    }

    private static void ShowIssued(JsonNode answer)
    {
        Output.Details(answer["webhook"]!, new("Webhook", "id"), new("Address", "url"), new("Types", "types"));
        IssueOptions.ShowSecret(answer);
    }
}
