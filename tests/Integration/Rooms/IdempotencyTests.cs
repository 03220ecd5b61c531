using System.Text.Json.Nodes;
using Npgsql;
using Sluice.Integration.Postgres;
using Xunit;

namespace Sluice.Integration.Rooms;

public sealed class IdempotencyTests(PostgresCluster postgres)
{
    private const string Header = "Idempotency-Key";

    [Fact]
    public async Task A_creation_that_is_repeated_happens_once_and_answers_the_same()
    {
        await using var api = await RoomsApi.Start(await postgres.CreateDatabase());
        var (organization, token) = await api.Organization("Acme");
        var first = await Create(api, organization.ToString(), token, "Website", "k1");
        var again = await Create(api, organization.ToString(), token, "Website", "k1");
        Assert.Equal((201, false), (first.Status, first.Replayed));
        Assert.Equal((201, true), (again.Status, again.Replayed));
        Assert.Equal(first.Text, again.Text);
        Assert.NotNull(first.Tag);
        Assert.Equal(first.Tag, again.Tag);
        Assert.Equal(1, await Apps(api, organization.ToString(), token));
    }

    [Fact]
    public async Task Many_at_once_with_one_key_make_one_thing()
    {
        await using var api = await RoomsApi.Start(await postgres.CreateDatabase());
        var (organization, token) = await api.Organization("Acme");
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(
            i => Create(api, organization.ToString(), token, "Website", $"key-{i % 4}", $"Website {i % 4}")));
        Assert.All(answers, answer => Assert.Equal(201, answer.Status));
        Assert.Equal(4, answers.Count(answer => !answer.Replayed));
        Assert.Equal(4, answers.Select(answer => answer.Text).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(4, await Apps(api, organization.ToString(), token));
    }

    [Fact]
    public async Task A_key_of_another_request_is_refused_and_that_of_another_actor_is_another_key()
    {
        await using var api = await RoomsApi.Start(await postgres.CreateDatabase());
        var (organization, token) = await api.Organization("Acme");
        var (other, otherToken) = await api.Organization("Other");
        await Create(api, organization.ToString(), token, "Website", "k1");
        var reused = await Create(api, organization.ToString(), token, "k1", "k1", "Something else");
        Assert.Equal((422, "api.idempotency-reused"), (reused.Status, reused.Code));
        Assert.Equal(201, (await Create(api, other.ToString(), otherToken, "Website", "k1")).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("tab\there")]
    [InlineData(null)]
    public async Task A_malformed_key_is_refused(string? key)
    {
        await using var api = await RoomsApi.Start(await postgres.CreateDatabase());
        var (organization, token) = await api.Organization("Acme");
        var answer = await Create(api, organization.ToString(), token, "Website", key ?? new string('k', 201));
        Assert.Equal((400, "api.idempotency-malformed"), (answer.Status, answer.Code));
        Assert.Equal(0, await Apps(api, organization.ToString(), token));
    }

    [Fact]
    public async Task A_refusal_is_not_remembered()
    {
        await using var api = await RoomsApi.Start(await postgres.CreateDatabase());
        var (organization, token) = await api.Organization("Acme");
        var app = JsonNode.Parse((await Create(api, organization.ToString(), token, "Website", "k1")).Text)!["id"]!.ToString();
        const string body = """{"name": "Publishable", "kind": "publishable"}""";
        var refused = await api.Ask(HttpMethod.Post, $"apps/{app}/keys", token, body, (Header, "k2"));
        Assert.Equal("keys.publishable-rule", refused.Code);
        await api.Send(HttpMethod.Put, $"apps/{app}/rules", token, """{"origins": ["https://app.example"]}""", 200);
        Assert.Equal(201, (await api.Ask(HttpMethod.Post, $"apps/{app}/keys", token, body, (Header, "k2"))).Status);
    }

    [Fact]
    public async Task A_key_that_is_shown_once_is_shown_again_to_its_repeat_and_lies_sealed_meanwhile()
    {
        var database = await postgres.CreateDatabase();
        await using var api = await RoomsApi.Start(database);
        var (organization, token) = await api.Organization("Acme");
        var app = JsonNode.Parse((await Create(api, organization.ToString(), token, "Website", "k1")).Text)!["id"]!.ToString();
        var first = await api.Ask(HttpMethod.Post, $"apps/{app}/keys", token, """{"name": "One"}""", (Header, "k2"));
        var again = await api.Ask(HttpMethod.Post, $"apps/{app}/keys", token, """{"name": "One"}""", (Header, "k2"));
        Assert.Equal(first.Text, again.Text);
        var secret = JsonNode.Parse(first.Text)!["secret"]!.ToString();
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("SELECT string_agg(body, ' ') FROM api.first_answers");
        var stored = (string)(await command.ExecuteScalarAsync())!;
        Assert.DoesNotContain(secret, stored, StringComparison.Ordinal);
        Assert.DoesNotContain(
            Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(secret))[..20], stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_is_refused_when_the_thing_was_changed_meanwhile()
    {
        await using var api = await RoomsApi.Start(await postgres.CreateDatabase());
        var (organization, token) = await api.Organization("Acme");
        var created = await Create(api, organization.ToString(), token, "Website", "k1");
        var path = $"apps/{JsonNode.Parse(created.Text)!["id"]}";
        var read = await api.Ask(HttpMethod.Get, $"{path}/limits", token, null);
        Assert.Equal(created.Tag, read.Tag);
        Assert.Equal(304, (await api.Ask(HttpMethod.Get, path, token, null, ("If-None-Match", read.Tag!))).Status);

        foreach (var known in new[] { $"W/{read.Tag}", $"\"1\", W/{read.Tag}", "*" })
            Assert.Equal(304, (await api.Ask(HttpMethod.Get, path, token, null, ("If-None-Match", known))).Status);

        // Of many who read the same, one changes it.
        var answers = await Task.WhenAll(Enumerable.Range(1, 12).Select(i => api.Ask(
            HttpMethod.Put, $"{path}/limits", token, $$"""{"requestsPerSecond": {{i}}}""", ("If-Match", read.Tag!))));
        var changed = Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer != changed), answer => Assert.Equal("api.version-stale", answer.Code));
        Assert.Equal(changed.Text, (await api.Ask(HttpMethod.Get, $"{path}/limits", token, null)).Text);

        Assert.Equal(412, (await Rules($"W/{changed.Tag}")).Status);
        Assert.Equal(412, (await Rules("\"abc\"")).Status);
        Assert.Equal(400, (await Rules("abc")).Status);
        Assert.Equal(400, (await Rules("\"1\", \"2\"")).Status);
        Assert.Equal(200, (await Rules(changed.Tag!)).Status);
        Assert.Equal(200, (await Rules("*")).Status);

        Task<RawAnswer> Rules(string tag) =>
            api.Ask(HttpMethod.Put, $"{path}/rules", token, """{"methods": ["eth_*"]}""", ("If-Match", tag));
    }

    private static Task<RawAnswer> Create(
        RoomsApi api, string organization, string token, string name, string key, string? other = null) => api.Ask(
        HttpMethod.Post, $"organizations/{organization}/apps", token, $$"""{"name": "{{other ?? name}}"}""", (Header, key));

    private static async Task<int> Apps(RoomsApi api, string organization, string token) =>
        (await api.Send(HttpMethod.Get, $"organizations/{organization}/apps", token, null, 200))!["data"]!.AsArray().Count;
}
