using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Integration.Rooms;

/// <summary>Every route that takes a body refuses what it does not understand, and says which field and what to do.</summary>
public sealed class BodyTests(BodyScene scene) : IClassFixture<BodyScene>
{
    private const string Organizations = "POST organizations";
    private const string Tokens = "POST tokens";
    private const string Apps = "POST organizations/{org}/apps";
    private const string Keys = "POST apps/{app}/keys";
    private const string Rotate = "POST keys/{key}/rotate";
    private const string Rules = "PUT apps/{app}/rules";
    private const string Limits = "PUT apps/{app}/limits";
    private const string Plan = "PUT organizations/{org}/plan";
    private const string Rename = "PUT organizations/{org}";
    private const string Suspend = "POST organizations/{org}/suspend";
    private const string Transfer = "POST organizations/{org}/transfer";
    private const string Role = "PUT organizations/{org}/members/{user}";
    private const string Invite = "POST organizations/{org}/invitations";

    private const string Webhooks = "POST organizations/{org}/webhooks";
    private const string Webhook = "PUT webhooks/{webhook}";
    private const string Secret = "POST webhooks/{webhook}/rotate";
    private const string Alerts = "POST organizations/{org}/alerts";
    private const string Mail = "POST mail/test";

    private static readonly string[] WithBody =
    [
        Organizations, Tokens, Apps, Keys, Rotate, Rules, Limits, Plan, Rename, Suspend, Transfer, Role, Invite, Webhooks, Webhook,
        Secret, Alerts, Mail,
        "POST auth/sign-up", "POST auth/sign-in", "POST auth/second-factor", "POST auth/link", "POST auth/first-operator",
        "POST auth/reset", "POST auth/reset/confirm", "POST users", "POST users/{user}/suspend", "PUT users/{user}/platform-role",
        "PUT users/{user}/external-subject", "PUT alerts/{alert}", "POST auth/passkeys", "POST auth/wallet",
        "POST auth/wallet/sign-up",
    ];

    // An import's body is a file, whose reader has tests of its own; the others take none.
    private static readonly string[] Others =
    [
        "POST services/import", "POST plans/import", "POST tokens/{token}/revoke", "POST keys/{key}/revoke",
        "POST organizations/{org}/resume", "POST organizations/{org}/leave", "POST organizations/{org}/delete",
        "POST organizations/{org}/keep", "POST organizations/{org}/exports", "POST users/{user}/delete", "POST users/{user}/keep",
        "DELETE organizations/{org}/members/{user}",
        "POST invitations/{invitation}/accept", "POST invitations/{invitation}/resend",
        "POST invitations/{invitation}/revoke",
        "DELETE webhooks/{webhook}", "POST webhooks/{webhook}/test", "POST deliveries/{delivery}/redeliver",
        "DELETE alerts/{alert}", "POST notices/read-all", "POST notices/{notice}/read",
        "POST users/{user}/resume", "POST users/{user}/reset", "DELETE users/{user}/external-subject", "POST auth/keys/rotate",
        // For people alone, whom this test has not.
        "POST invitations/accept", "POST auth/verify", "POST auth/verify/resend", "POST auth/step-up", "POST auth/sign-out",
        "PATCH me", "POST me/password", "POST me/email", "POST me/email/confirm", "POST me/sessions/{session}/revoke",
        "POST me/sessions/revoke-others", "POST me/factors/totp", "POST me/factors/totp/confirm", "POST me/factors/totp/remove",
        "POST me/factors/recovery-codes", "POST me/grants/{grant}/revoke", "POST me/logins", "DELETE me/logins/{login}",
        "POST me/exports", "POST me/delete", "POST me/keep", "POST me/passkeys/options", "POST me/passkeys", "PUT me/passkeys/{passkey}", "POST me/passkeys/{passkey}/remove",
        "POST me/wallets/nonce", "POST me/wallets", "POST me/wallets/{wallet}/remove", "POST auth/step-up/options",
        "POST auth/step-up/nonce",
        // Their bodies may be left out, and what is there is tested with the ways in.
        "POST auth/passkeys/options", "POST auth/wallet/nonce",
    ];

    public static TheoryData<string> Routes => [.. WithBody];

    public static TheoryData<string> Named => [Organizations, Tokens, Apps, Keys, Rename];

    [Fact]
    public void Every_writing_route_is_among_those_tested_here() => Assert.Equal(
        scene.Api.Routes.Where(route => !route.StartsWith("GET ", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
        WithBody.Concat(Others).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_body_is_refused_when_it_is_no_json_object(string route)
    {
        foreach (var body in new[] { "", " ", "{", "{}x", """{"a":1,}""", "{'a':1}", "{} // why", "\uFEFF{}", "\0", Nested(40) })
            Assert.Equal("api.body-invalid", Code(await Refused(route, body, 400)));
        foreach (var body in new[] { "null", "[]", "\"text\"", "5", "true" })
            Assert.StartsWith("body: ", Only(await Refused(route, body, 400)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_body_is_refused_when_a_field_is_unknown_or_stands_twice(string route)
    {
        var unknown = await Refused(route, """{"surprise":1}""", 400);
        Assert.Contains(Faults(unknown), fault => fault.StartsWith("surprise: is unknown", StringComparison.Ordinal));
        var twice = await Refused(route, """{"surprise":1,"surprise":1}""", 400);
        Assert.Contains(Faults(twice), fault => fault.StartsWith("surprise: stands twice", StringComparison.Ordinal));
        // Names are exact, in case too.
        var loud = await Refused(route, """{"NAME":"a","Plan":"b","Cap":"soft","Services":[],"OverlapSeconds":1}""", 400);
        Assert.Contains(Faults(loud), fault => fault.StartsWith("NAME: is unknown", StringComparison.Ordinal));
        Assert.Equal("api.field-invalid", Code(loud));
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_body_is_refused_when_it_is_too_large_or_of_another_kind(string route)
    {
        Assert.Equal("api.body-large", Code(await Refused(route, new string(' ', (1 << 20) + 1), 413)));
        foreach (var type in new[] { "text/plain", "application/x-www-form-urlencoded", "application/xml" })
        {
            var content = new StringContent("""{"name":"a"}""", Encoding.UTF8, type);
            Assert.Equal("api.media-type", Code(await Send(route, content, 415)));
        }
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_body_is_refused_when_it_is_of_another_kind_and_its_length_is_not_told(string route)
    {
        using var content = new PushedContent("overlap 60");
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        Assert.Equal("api.media-type", Code(await Send(route, content, 415)));
    }

    [Fact]
    public async Task A_key_is_rotated_without_a_body_also_where_the_length_of_nothing_is_not_told()
    {
        using var content = new PushedContent("");
        await Send(Rotate, content, 201);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_body_is_refused_when_its_bytes_are_no_utf8(string route)
    {
        foreach (var bytes in new byte[][] { [.. "{\"name\":\""u8, 0xC3, 0x28, .. "\"}"u8], [.. "{\""u8, 0xFF, .. "\":1}"u8] })
        {
            var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            var problem = await Send(route, content, 400);
            Assert.StartsWith("api.", Code(problem), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Organizations, """{}""", "name: is missing")]
    [InlineData(Organizations, """{"name":null}""", "name: is missing")]
    [InlineData(Organizations, """{"name":5}""", "name: is a number")]
    [InlineData(Organizations, """{"name":["a"]}""", "name: is an array")]
    [InlineData(Organizations, """{"name":"\ud800"}""", "name: is not valid Unicode")]
    [InlineData(Tokens, """{"name":true}""", "name: is true or false")]
    [InlineData(Tokens, """{"name":"t","organization":"acme"}""", "organization: is no id")]
    [InlineData(Tokens, """{"name":"t","organization":7}""", "organization: is a number")]
    [InlineData(Tokens, """{"name":"t","expiresAt":"tomorrow"}""", "expiresAt: is no time")]
    [InlineData(Tokens, """{"name":"t","expiresAt":"2030-01-01T00:00:00"}""", "expiresAt: is no time")]
    [InlineData(Tokens, """{"name":"t","expiresAt":"9999-12-31T23:59:59Z"}""", "expiresAt: is no time")]
    [InlineData(Tokens, """{"name":"t","expiresAt":1893456000}""", "expiresAt: is a number")]
    [InlineData(Apps, """{"name":{}}""", "name: is an object")]
    [InlineData(Keys, """{}""", "name: is missing")]
    [InlineData(Keys, """{"name":"k","kind":"private"}""", "kind: \"private\" is unknown")]
    [InlineData(Keys, """{"name":"k","kind":1}""", "kind: is a number")]
    [InlineData(Keys, """{"name":"k","expiresAt":{}}""", "expiresAt: is an object")]
    [InlineData(Keys, """{"name":"k","limits":[]}""", "limits: is an array")]
    [InlineData(Keys, """{"name":"k","limits":{"dailyUnits":"5"}}""", "limits.dailyUnits: is a text")]
    [InlineData(Keys, """{"name":"k","limits":{"daily":5}}""", "limits.daily: is unknown")]
    [InlineData(Rotate, """{"overlapSeconds":"60"}""", "overlapSeconds: is a text")]
    [InlineData(Rotate, """{"overlapSeconds":1.5}""", "overlapSeconds: must be a whole number")]
    [InlineData(Rotate, """{"overlapSeconds":99999999999}""", "overlapSeconds: is 99999999999")]
    [InlineData(Rules, """{"origins":"https://a.example"}""", "origins: is a text")]
    [InlineData(Rules, """{"methods":["eth_call",5]}""", "methods[1]: is a number")]
    [InlineData(Rules, """{"networks":[null]}""", "networks[0]: is null")]
    [InlineData(Limits, """{"requestsPerSecond":1e3}""", "requestsPerSecond: must be a whole number")]
    [InlineData(Limits, """{"requestsPerSecond":3000000000}""", "requestsPerSecond: is 3000000000")]
    [InlineData(Limits, """{"unitsPerSecond":true}""", "unitsPerSecond: is true or false")]
    [InlineData(Limits, """{"monthlyUnits":99999999999999999999}""", "monthlyUnits: must be a whole number")]
    [InlineData(Limits, """{"cap":"none"}""", "cap: \"none\" is unknown. Use one of hard, soft")]
    [InlineData(Role, """{}""", "role: is missing")]
    [InlineData(Role, """{"role":"king"}""", "role: \"king\" is unknown")]
    [InlineData(Role, """{"role":0}""", "role: is a number")]
    [InlineData(Invite, """{"role":"viewer"}""", "email: is missing")]
    [InlineData(Invite, """{"role":"viewer","email":"nobody"}""", "email: is no e-mail address")]
    [InlineData(Invite, """{"email":"a@example.org"}""", "role: is missing")]
    [InlineData(Transfer, """{}""", "user: is missing")]
    [InlineData(Transfer, """{"user":"ada"}""", "user: is no id")]
    [InlineData(Suspend, """{"why":5}""", "why: is a number")]
    [InlineData(Webhooks, """{"types":["*"]}""", "url: is missing")]
    [InlineData(Webhooks, """{"url":"https://a.example/","types":"*"}""", "types: is a text")]
    [InlineData(Webhook, """{"url":"https://a.example/","types":["*"],"enabled":"no"}""", "enabled: is a text")]
    [InlineData(Secret, """{"overlapSeconds":"60"}""", "overlapSeconds: is a text")]
    [InlineData(Alerts, """{"name":"a"}""", "kind: is missing")]
    [InlineData(Alerts, """{"name":"a","kind":"quota","percents":[50,"80"]}""", "percents[1]: is a text")]
    [InlineData(Alerts, """{"name":"a","kind":"quota","channels":["pigeon"]}""", "channels[0]: \"pigeon\" is unknown")]
    [InlineData(Mail, """{}""", "to: is missing")]
    [InlineData(Plan, """{}""", "plan: is missing")]
    [InlineData(Plan, """{"plan":""}""", "plan: is empty")]
    [InlineData(Plan, """{"plan":false}""", "plan: is true or false")]
    public async Task A_field_is_refused_by_its_name_when_it_is_missing_or_of_another_type(
        string route, string body, string fault) =>
        Assert.StartsWith(fault, Only(await Refused(route, body, 400)), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Named))]
    public async Task A_name_is_refused_when_it_could_deceive(string route)
    {
        string[] names =
        [
            "", "   ", new('a', 101), "<script>alert(1)</script>", "a\nb", "a\0b", "a\u001b[2Jb", "a\u202Eb", "a\u2067b",
            "a\u200Bb", "a\u200Fb", "\uFEFFa", "a\u2029b", "\u3164", "a\uE000b",
        ];
        foreach (var name in names)
        {
            var problem = await Refused(route, new JsonObject { ["name"] = name }.ToJsonString(), 400);
            Assert.Equal("api.field-invalid", Code(problem));
            Assert.StartsWith("name: ", Only(problem), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task All_faults_of_a_body_are_told_at_once()
    {
        var problem = await Refused(
            Keys, """{"kind":"x","limits":{"cap":1,"x":1},"expiresAt":"x","more":1}""", 400);
        Assert.Equal(6, Faults(problem).Length);
        Assert.Equal("The body has 6 faults; nothing was changed.", problem["title"]!.GetValue<string>());
    }

    private async Task<JsonNode> Refused(string route, string body, int status)
    {
        var problem = await Send(route, new StringContent(body, Encoding.UTF8, "application/json"), status);
        foreach (var inside in new[] { "Sluice.", "System.", "Exception", "<script" })
            Assert.DoesNotContain(inside, problem.ToJsonString(), StringComparison.Ordinal);
        return problem;
    }

    private async Task<JsonNode> Send(string route, HttpContent content, int status)
    {
        var (verb, path) = (route.Split(' ')[0], route.Split(' ')[1]);
        foreach (var (place, id) in scene.Ids) path = path.Replace(place, id, StringComparison.Ordinal);
        return (await scene.Api.SendContent(new HttpMethod(verb), path, scene.Api.Operator, content, status))!;
    }

    private static string Code(JsonNode problem) => problem["code"]!.GetValue<string>();

    private static string[] Faults(JsonNode problem) => [.. problem["faults"]!.AsArray().Select(fault => fault!.GetValue<string>())];

    private static string Only(JsonNode problem) => Assert.Single(Faults(problem));

    private static string Nested(int depth) =>
        string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);

    /// <summary>A body that goes out in chunks.</summary>
    private sealed class PushedContent(string text) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            stream.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

/// <summary>The routes with one of everything: whoever only asks in vain may share them.</summary>
public sealed class BodyScene(PostgresCluster postgres) : IAsyncLifetime
{
    internal RoomsApi Api { get; private set; } = null!;

    /// <summary>What stands for each place of a route.</summary>
    public IReadOnlyDictionary<string, string> Ids { get; private set; } = new Dictionary<string, string>();

    public async ValueTask InitializeAsync()
    {
        Api = await RoomsApi.Start(await postgres.CreateDatabase());
        var (org, token) = await Api.Organization("Acme");
        var app = await Id(Api.Send(HttpMethod.Post, $"organizations/{org}/apps", token, """{"name":"shop"}""", 201));
        var issued = await Api.Send(HttpMethod.Post, $"apps/{app}/keys", token, """{"name":"site"}""", 201);
        var webhook = await Api.Send(
            HttpMethod.Post, $"organizations/{org}/webhooks", token, """{"url":"https://hooks.example.com/","types":["*"]}""", 201);
        var alert = await Id(Api.Send(
            HttpMethod.Post, $"organizations/{org}/alerts", token, """{"name":"a","kind":"quota"}""", 201));
        Ids = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["{alert}"] = alert,
            ["{org}"] = org.ToString(),
            ["{user}"] = WireId.New<UserId>().ToString(),
            ["{app}"] = app,
            ["{webhook}"] = webhook!["webhook"]!["id"]!.GetValue<string>(),
            ["{key}"] = issued!["key"]!["id"]!.GetValue<string>(),
        };
    }

    public ValueTask DisposeAsync() => Api.DisposeAsync();

    private static async Task<string> Id(Task<JsonNode?> answer) => (await answer)!["id"]!.GetValue<string>();
}
