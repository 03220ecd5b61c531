using System.Text.Json.Nodes;

namespace Sluice.Host.Serving;

/// <summary>
/// An example for every body and every answer of the description, made of its shape: what a field is called says what
/// stands there.
/// </summary>
internal static class ApiExamples
{
    private const int DepthMax = 8;
    private const string Json = "application/json";
    private const string Past = "2026-01-31T12:00:00.123456+00:00";
    private const string Future = "2099-01-31T12:00:00+00:00";

    // What is there only when something is wrong or over: null in an example of an answer.
    private static readonly HashSet<string> Absent = new(StringComparer.Ordinal)
    {
        "revokedAt", "suspendedAt", "suspendedWhy", "disabledAt", "disabledWhy", "failingSince", "lastError", "pausedAt",
        "withdrawnAt", "secondFactor", "error", "next", "readAt", "givenUpAt", "oldestSeconds", "lastAt", "uniqueKey", "brokenAt",
    };

    private static readonly Dictionary<string, string> Texts = new(StringComparer.Ordinal)
    {
        ["name"] = "Back end",
        ["organizationName"] = "Acme",
        ["email"] = "you@example.com",
        ["to"] = "you@example.com",
        ["password"] = "correct horse battery staple",
        ["present"] = "correct horse battery staple",
        ["next"] = "a staple battery of correct horses",
        ["timeZone"] = "Europe/Berlin",
        ["device"] = "Firefox on Linux",
        ["network"] = "203.0.113.0/24",
        ["agent"] = "curl/8.14.1",
        ["url"] = "https://example.com/hooks/sluice",
        ["link"] = "https://sluice.example/reset?token=…",
        ["uri"] = "otpauth://totp/Sluice:you@example.com?secret=…",
        ["secret"] = "…",
        ["token"] = "…",
        ["ticket"] = "…",
        ["code"] = "123456",
        ["codes"] = "abcd-efgh-jkmn",
        ["hash"] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ["hint"] = "slc_sk_AbCd…wXyZ",
        ["types"] = "key.created",
        ["type"] = "key.created",
        ["events"] = "key.created",
        ["methods"] = "eth_*",
        ["why"] = "Unpaid for ninety days.",
        ["description"] = "To the back end.",
        ["queue"] = "default",
        ["job"] = "jobs.retention",
        ["recurrence"] = "every 1 h",
        ["subject"] = "auth0|5f7c8ec7c33c6c004bbafe82",
        ["plan"] = "free",
        ["title"] = "A key was created",
        ["kind"] = "key.created",
        ["action"] = "keys.key.create",
        ["state"] = "signs",
        ["services"] = "ethereum",
        ["service"] = "ethereum",
        ["method"] = "eth_call",
        ["contracts"] = "0xdac17f958d2ee523a2206206994597c13d831ec7",
        ["origins"] = "https://shop.example",
        ["userAgents"] = "shop/*",
        ["networks"] = "203.0.113.0/24",
        ["chain"] = "ethereum",
        ["chainId"] = "1",
        ["address"] = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F",
        ["published"] = "ethereum",
        ["fact"] = "tenants.mail-wanted",
        ["subscriber"] = "notices.mail",
        ["template"] = "verify",
    };

    // Where the shape says more than the name.
    private static readonly Dictionary<string, string?> Named = new(StringComparer.Ordinal)
    {
        ["OrganizationBody.name"] = "Acme",
        ["AppBody.name"] = "Website",
        ["NameBody.name"] = "Website",
        ["User.name"] = "You",
        ["Member.name"] = "You",
        ["ProfileBody.name"] = "You",
        ["NewUserBody.name"] = "You",
        ["SignUpBody.name"] = "You",
        ["FirstOperatorBody.name"] = "You",
        ["AlertBody.name"] = "Quota",
        ["NewAlertBody.name"] = "Quota",
        ["QueueRow.name"] = "default",
        ["ScheduleRow.name"] = "jobs.retention",
        ["JobRow.name"] = "jobs.retention",
        ["JobStep.name"] = "collect",
        ["JobRow.words"] = "Looking for what is old.",
        ["ServiceSummaryView.name"] = "ethereum",
        ["ServiceSummaryView.title"] = "Ethereum",
        ["ServiceSummaryView.description"] = "The main network.",
        ["ServiceView.name"] = "ethereum",
        ["ServiceView.title"] = "Ethereum",
        ["ServiceView.description"] = "The main network.",
        ["PlanView.name"] = "free",
        ["PlanView.title"] = "Free",
        ["IssuedKey.secret"] = "slc_sk_…",
        ["IssuedToken.secret"] = "slc_at_…",
        ["IssuedWebhook.secret"] = "whsec_…",
        ["WebhookSecret.hint"] = "whsec_AbCd…",
        ["AccessToken.hint"] = "slc_at_AbCd…wXyZ",
        ["AccessToken.name"] = "laptop",
        ["IssuedToken.name"] = "laptop",
        ["NewTokenBody.name"] = "laptop",
        ["TotpEnrolment.secret"] = "JBSWY3DPEHPK3PXP",
        ["Notice.link"] = "/console",
        ["Notice.body"] = "Back end, in Website.",
        ["AuditProof.why"] = null,
        ["Passkey.name"] = "Firefox on Linux",
        ["Wallet.name"] = "0x71c7…976f",
        ["RecordedEvent.actor"] = "usr_01jd3v9k2e8m4qz6w1x5y7b0ca",
        ["RecordedEvent.actorKind"] = "user",
        ["RecordedEvent.subject"] = "key_01jd3v9k2e8m4qz6w1x5y7b0ca",
    };

    private static readonly Dictionary<string, long> Numbers = new(StringComparer.Ordinal)
    {
        ["status"] = 200,
        ["windowMinutes"] = 15,
        ["callsMin"] = 20,
        ["overlapSeconds"] = 86_400,
        ["requestsPerSecond"] = 10,
        ["unitsPerSecond"] = 1_000,
        ["dailyUnits"] = 1_000_000,
        ["monthlyUnits"] = 30_000_000,
        ["units"] = 1_000_000,
        ["percents"] = 80,
        ["percent"] = 40,
        ["attemptsMax"] = 10,
        ["recoveryCodesLeft"] = 10,
        ["durationMs"] = 42,
    };

    public static void Add(JsonObject document)
    {
        var schemas = document["components"]!["schemas"]!.AsObject();
        foreach (var operation in document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()))
        {
            Add(operation.Value!["requestBody"]?["content"]?[Json], schemas, isBody: true);
            foreach (var (status, answer) in operation.Value!["responses"]!.AsObject())
                if (status.StartsWith('2')) Add(answer!["content"]?[Json], schemas, isBody: false);
        }
    }

    private static void Add(JsonNode? media, JsonObject schemas, bool isBody)
    {
        if (media is not JsonObject content || content["example"] is not null || content["schema"] is not { } schema) return;
        content["example"] = new Sampling(schemas, isBody).Of(schema, "", 0);
    }

    private sealed class Sampling(JsonObject schemas, bool isBody)
    {
        public JsonNode? Of(JsonNode? given, string name, int depth, string shape = "")
        {
            if (depth > DepthMax || JsonShape.Resolve(given, schemas) is not { } schema) return null;
            if (Named.TryGetValue($"{shape}.{name}", out var known)) return known;
            if (!isBody && Absent.Contains(name) && JsonShape.IsOptional(given!)) return null;
            if (schema["enum"] is JsonArray choices) return choices.FirstOrDefault(one => one is not null)?.DeepClone();
            if (schema["examples"] is JsonArray { Count: > 0 } examples) return examples[0]!.DeepClone();
            return JsonShape.TypeOf(schema) switch
            {
                "string" => schema["format"]?.ToString() == "date-time" ? At(name) : Texts.GetValueOrDefault(name, "…"),
                "integer" or "number" => Numbers.TryGetValue(name, out var number) ? number : 1,
                "boolean" => schema["default"] is { } otherwise ? otherwise.DeepClone() : true,
                "array" => schema["items"] is { } items && Of(items, name, depth + 1, shape) is { } one ? new JsonArray(one) : [],
                _ => Thing(schema, JsonShape.NameOf(given), depth),
            };
        }

        private JsonObject Thing(JsonObject schema, string shape, int depth)
        {
            var thing = new JsonObject();
            foreach (var (name, part) in schema["properties"] as JsonObject ?? [])
                thing[name] = name is "next" && !isBody ? null : Of(part, name, depth + 1, shape);
            return thing;
        }

        private static string At(string name) => name is "expiresAt" or "nextAt" ? Future : Past;
    }
}
