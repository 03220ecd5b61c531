using Sluice.Integration.Postgres;
using Sluice.Integration.Rooms;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Integration.Notices;

/// <summary>The routes of Notices over real Kestrel.</summary>
public sealed class NoticesApiTests(PostgresCluster postgres) : IAsyncLifetime
{
    private const string Wanted = """{"url":"https://hooks.example.com/","types":["key.created"],"description":"ours"}""";

    private RoomsApi _api = null!;

    public async ValueTask InitializeAsync() => _api = await RoomsApi.Start(await postgres.CreateDatabase());

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task A_webhook_is_made_shown_changed_and_removed()
    {
        var (org, token) = await _api.Organization("Acme");
        var issued = await _api.Send(HttpMethod.Post, $"organizations/{org}/webhooks", token, Wanted, 201);
        Assert.StartsWith("whsec_", issued!["secret"]!.GetValue<string>(), StringComparison.Ordinal);
        var id = issued["webhook"]!["id"]!.GetValue<string>();
        Assert.StartsWith("whk_", id, StringComparison.Ordinal);
        var list = await _api.Send(HttpMethod.Get, $"organizations/{org}/webhooks", token, null, 200);
        Assert.Single(list!["data"]!.AsArray());
        Assert.DoesNotContain(issued["secret"]!.GetValue<string>(), list.ToJsonString(), StringComparison.Ordinal);

        var off = """{"url":"https://hooks.example.com/2","types":["*"],"enabled":false}""";
        var changed = await _api.Send(HttpMethod.Put, $"webhooks/{id}", token, off, 200);
        Assert.NotNull(changed!["disabledAt"]);
        await _api.Send(HttpMethod.Post, $"webhooks/{id}/test", token, null, 409);
        await _api.Send(HttpMethod.Put, $"webhooks/{id}", token, Wanted, 200);
        var sent = await _api.Send(HttpMethod.Post, $"webhooks/{id}/test", token, null, 202);
        var log = await _api.Send(HttpMethod.Get, $"webhooks/{id}/deliveries?limit=1", token, null, 200);
        Assert.Equal(sent!["id"]!.GetValue<string>(), log!["data"]![0]!["id"]!.GetValue<string>());
        var details = await _api.Send(HttpMethod.Get, $"deliveries/{sent["id"]}", token, null, 200);
        Assert.Contains("webhook.test", details!["body"]!.GetValue<string>(), StringComparison.Ordinal);
        await _api.Send(HttpMethod.Post, $"deliveries/{sent["id"]}/redeliver", token, null, 202);
        await _api.Send(HttpMethod.Post, $"webhooks/{id}/rotate", token, """{"overlapSeconds":0}""", 201);
        await _api.Send(HttpMethod.Post, $"webhooks/{id}/rotate", token, """{"overlapSeconds":2592001}""", 422);
        await _api.Send(HttpMethod.Delete, $"webhooks/{id}", token, null, 204);
        await _api.Send(HttpMethod.Get, $"webhooks/{id}", token, null, 404);
    }

    [Fact]
    public async Task What_is_asked_for_too_often_is_told_when_to_ask_again()
    {
        var (org, token) = await _api.Organization("Acme");
        var (other, otherToken) = await _api.Organization("Other");
        var ids = new List<string>();
        // The number is the organization's, not the webhook's: another one gives no more.
        for (var i = 0; i < 2; i++)
            ids.Add((await _api.Send(HttpMethod.Post, $"organizations/{org}/webhooks", token, Wanted, 201))!["webhook"]!["id"]!.GetValue<string>());
        var delivery = "";
        for (var i = 0; i < 9; i++)
            delivery = (await _api.Send(HttpMethod.Post, $"webhooks/{ids[i % 2]}/test", token, null, 202))!["id"]!.GetValue<string>();
        await _api.Send(HttpMethod.Post, $"deliveries/{delivery}/redeliver", token, null, 202);
        foreach (var path in new[] { $"webhooks/{ids[0]}/test", $"deliveries/{delivery}/redeliver" })
        {
            var refused = await _api.Ask(HttpMethod.Post, path, token, null);
            Assert.Equal((429, "notices.asked-too-often"), (refused.Status, refused.Code));
            Assert.InRange(refused.RetryAfter!.Value.TotalSeconds, 1, 6);
        }
        var log = await _api.Send(HttpMethod.Get, $"webhooks/{ids[0]}/deliveries", token, null, 200);
        Assert.InRange(log!["data"]!.AsArray().Count, 5, 6);
        // Nobody else waits for it.
        var theirs = (await _api.Send(HttpMethod.Post, $"organizations/{other}/webhooks", otherToken, Wanted, 201))!["webhook"]!["id"];
        await _api.Send(HttpMethod.Post, $"webhooks/{theirs}/test", otherToken, null, 202);
    }

    [Fact]
    public async Task Another_organization_sees_none_of_it()
    {
        var (org, token) = await _api.Organization("Acme");
        var (_, other) = await _api.Organization("Other");
        var id = (await _api.Send(HttpMethod.Post, $"organizations/{org}/webhooks", token, Wanted, 201))!["webhook"]!["id"]!.GetValue<string>();
        var delivery = (await _api.Send(HttpMethod.Post, $"webhooks/{id}/test", token, null, 202))!["id"]!.GetValue<string>();
        var rule = (await _api.Send(HttpMethod.Post, $"organizations/{org}/alerts", token, """{"name":"Q","kind":"quota"}""", 201))!["id"]!.GetValue<string>();
        foreach (var path in new[] { $"organizations/{org}/webhooks", $"webhooks/{id}", $"webhooks/{id}/deliveries", $"deliveries/{delivery}", $"organizations/{org}/alerts" })
            await _api.Send(HttpMethod.Get, path, other, null, 404);
        await _api.Send(HttpMethod.Post, $"organizations/{org}/webhooks", other, Wanted, 404);
        await _api.Send(HttpMethod.Put, $"webhooks/{id}", other, Wanted, 404);
        foreach (var path in new[] { $"webhooks/{id}/test", $"webhooks/{id}/rotate", $"deliveries/{delivery}/redeliver" })
            await _api.Send(HttpMethod.Post, path, other, null, 404);
        await _api.Send(HttpMethod.Post, $"organizations/{org}/alerts", other, """{"name":"Q","kind":"quota"}""", 404);
        foreach (var path in new[] { $"webhooks/{id}", $"alerts/{rule}" }) await _api.Send(HttpMethod.Delete, path, other, null, 404);
        foreach (var path in new[] { "mail", "notices" }) await _api.Send(HttpMethod.Get, path, other, null, 403);
        await _api.Send(HttpMethod.Post, "mail/test", other, """{"to":"a@example.org"}""", 403);
        foreach (var path in new[] { "notices/read-all", $"notices/{WireId.New<NoticeId>()}/read" })
            await _api.Send(HttpMethod.Post, path, other, null, 403);
    }

    [Fact]
    public async Task An_alert_rule_is_made_with_its_defaults_and_removed()
    {
        var (org, token) = await _api.Organization("Acme");
        var rule = await _api.Send(HttpMethod.Post, $"organizations/{org}/alerts", token, """{"name":"Quota","kind":"quota"}""", 201);
        Assert.Equal([50, 80, 100], rule!["percents"]!.AsArray().Select(one => one!.GetValue<int>()));
        Assert.Equal(["inbox", "mail"], rule["channels"]!.AsArray().Select(one => one!.GetValue<string>()));
        Assert.Equal("day", rule["period"]!.GetValue<string>());
        var refused = await _api.Send(
            HttpMethod.Post, $"organizations/{org}/alerts", token, """{"name":"x","kind":"usage","period":"hour"}""", 422);
        Assert.Equal("/problems/notices.alert-invalid", refused!["type"]!.GetValue<string>());
        Assert.Single((await _api.Send(HttpMethod.Get, $"organizations/{org}/alerts", token, null, 200))!["data"]!.AsArray());
        await _api.Send(HttpMethod.Delete, $"alerts/{rule["id"]}", token, null, 204);
        await _api.Send(HttpMethod.Delete, $"alerts/{rule["id"]}", token, null, 404);
    }

    [Fact]
    public async Task Without_a_server_an_operator_is_told_what_to_set()
    {
        var refused = await _api.Send(HttpMethod.Post, "mail/test", _api.Operator, """{"to":"a@example.org"}""", 409);
        Assert.Equal("/problems/notices.mail-closed", refused!["type"]!.GetValue<string>());
        Assert.Empty((await _api.Send(HttpMethod.Get, "mail", _api.Operator, null, 200))!["data"]!.AsArray());
    }
}
