using System.Text.Json.Nodes;
using Sluice.Integration.Postgres;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Metering;

/// <summary>Usage and the request log over HTTP: shapes, scopes, refusals, and other nodes' parts.</summary>
public sealed class MeteringRoutesTests(PostgresCluster postgres)
{
    private const string Secret = "a-secret-that-nodes-share-of-40-letters!";

    private static readonly DateTimeOffset Noon = new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);

    private const string Span = "from=2026-03-31T11:00:00Z&to=2026-03-31T14:00:00Z";

    [Fact]
    public async Task Usage_is_grouped_and_bucketed_and_an_organization_sees_its_own_alone()
    {
        await using var node = await MeteringNode.Start(await postgres.CreateDatabase());
        var (mine, token) = await node.Token("Mine");
        var (other, _) = await node.Token("Other");
        var (_, ops) = await node.Token(null);
        using var journal = new TestJournal(node.Folder);
        for (var i = 0; i < 60; i++)
        {
            journal.Append(MeteringSetup.Record(
                i % 3 == 0 ? other!.Value.Value : mine!.Value.Value, 2, Noon.AddMinutes(i * 2), i % 2 == 0 ? 200 : 502));
        }
        await node.Journals.Pump(journal.Id, journal.Folder, ownerDead: false);

        var total = Rows(await node.Get($"/api/v1/usage?{Span}", token));
        Assert.Equal((40, 80), (Number(Assert.Single(total), "calls"), Number(total[0], "units")));
        Assert.Null(total[0]["service"]);
        var hours = Rows(await node.Get($"/api/v1/usage?{Span}&bucket=hour&groupBy=service,statusClass", token));
        Assert.Equal(4, hours.Count);
        Assert.Equal("2026-03-31T12:00:00+00:00", hours[0]["start"]!.GetValue<string>());
        Assert.Equal([2, 5, 2, 5], hours.Select(r => Number(r, "statusClass")));
        Assert.Equal(60, Rows(await node.Get($"/api/v1/usage?{Span}&groupBy=organization", ops)).Sum(r => Number(r, "calls")));
        Assert.Equal(20, Number(Rows(await node.Get($"/api/v1/usage?{Span}&organization={other}", ops))[0], "calls"));
        Assert.Empty(Rows(await node.Get($"/api/v1/usage?{Span}&service=sol", token)));

        var csv = await node.Get($"/api/v1/usage?{Span}&groupBy=service&format=csv", token);
        Assert.Equal((200, "text/csv"), (csv.Status, csv.Type));
        Assert.StartsWith("start,service,calls,billed,units", csv.Text, StringComparison.Ordinal);
        Assert.Equal(csv.Text, (await node.Get($"/api/v1/usage?{Span}&groupBy=service", token, "text/csv")).Text);
    }

    [Theory]
    [InlineData("usage?organization={other}", "metering.organization-foreign", 403)]
    [InlineData("log?organization={other}", "metering.organization-foreign", 403)]
    [InlineData("usage?from=0001-01-01T00:00:00Z", "api.query-invalid", 400)]
    [InlineData("usage?to=0001-01-01T00:00:00Z", "api.query-invalid", 400)]
    [InlineData("usage?from=2026-02-01&to=2026-01-01", "api.query-invalid", 400)]
    [InlineData("usage?groupBy=color", "api.query-invalid", 400)]
    [InlineData("usage?bucket=year", "api.query-invalid", 400)]
    [InlineData("usage?format=xml", "api.query-invalid", 400)]
    [InlineData("usage?limit=0", "api.query-invalid", 400)]
    [InlineData("usage?limit=100001", "api.query-invalid", 400)]
    [InlineData("usage?statusClass=10", "api.query-invalid", 400)]
    [InlineData("usage?service=%00", "api.query-invalid", 400)]
    [InlineData("usage?unknown=1", "api.query-invalid", 400)]
    [InlineData("log?limit=1001", "api.query-invalid", 400)]
    [InlineData("log?status=1000", "api.query-invalid", 400)]
    [InlineData("log?requestId=x", "api.query-invalid", 400)]
    [InlineData("log?to=0001-01-01T00:00:00Z", "api.query-invalid", 400)]
    public async Task A_bad_query_is_refused_with_its_reason(string path, string code, int status)
    {
        await using var node = await MeteringNode.Start(await postgres.CreateDatabase());
        var (_, token) = await node.Token("Mine");
        var (other, _) = await node.Token("Other");
        var answer = await node.Get("/api/v1/" + path.Replace("{other}", other.ToString(), StringComparison.Ordinal), token);
        Assert.True(status == answer.Status, $"{answer.Status} {answer.Text}");
        Assert.Equal("application/problem+json", answer.Type);
        Assert.Equal($"/problems/{code}", JsonNode.Parse(answer.Text)!["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task Usage_and_log_want_a_token_and_more_rows_than_asked_for_are_refused()
    {
        await using var node = await MeteringNode.Start(await postgres.CreateDatabase());
        var (mine, token) = await node.Token("Mine");
        foreach (var path in new[] { "usage", "log" })
        {
            Assert.Equal(401, (await node.Get($"/api/v1/{path}", null)).Status);
            Assert.Equal(401, (await node.Get($"/api/v1/{path}", token + "x")).Status);
        }
        using var journal = new TestJournal(node.Folder);
        for (var i = 0; i < 3; i++) journal.Append(MeteringSetup.Record(mine!.Value.Value, 1, Noon.AddMinutes(i)));
        await node.Journals.Pump(journal.Id, journal.Folder, ownerDead: false);
        var answer = await node.Get($"/api/v1/usage?{Span}&bucket=minute&limit=2", token);
        Assert.Contains("metering.rows-max", answer.Text, StringComparison.Ordinal);
        Assert.Equal(3, Rows(await node.Get($"/api/v1/usage?{Span}&bucket=minute&limit=3", token)).Count);
    }

    [Fact]
    public async Task Log_shows_single_calls_newest_first_and_finds_one_by_its_request_id()
    {
        await using var node = await MeteringNode.Start(await postgres.CreateDatabase());
        var (mine, token) = await node.Token("Mine");
        using var journal = new TestJournal(node.Folder);
        for (var i = 0; i < 100; i++)
        {
            journal.Append(MeteringSetup.Record(i % 2 == 0 ? mine!.Value.Value : Guid.CreateVersion7(), i, Noon.AddSeconds(i), i == 40 ? 502 : 200)
                with
            { RequestId = Guid.CreateVersion7() });
        }
        var rows = Rows(await node.Get($"/api/v1/log?{Span}&limit=10", token));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => 98 - (2 * i)), rows.Select(r => Number(r, "units")));
        var request = rows[3]["requestId"]!.GetValue<string>();
        Assert.Equal(92, Number(Assert.Single(Rows(await node.Get($"/api/v1/log?{Span}&requestId={request}", token))), "units"));
        Assert.Equal(40, Number(Assert.Single(Rows(await node.Get($"/api/v1/log?{Span}&status=502", token))), "units"));
        Assert.Empty(Rows(await node.Get($"/api/v1/log?{Span}&method=eth_chainId", token)));
        var csv = await node.Get($"/api/v1/log?{Span}&format=csv&limit=1", token);
        Assert.StartsWith("at,requestId,organization", csv.Text, StringComparison.Ordinal);
        Assert.Equal(3, csv.Text.Split("\r\n").Length);
    }

    [Fact]
    public async Task Internal_log_is_not_there_without_the_shared_token()
    {
        var connection = await postgres.CreateDatabase();
        await using var closed = await MeteringNode.Start(connection);
        await using var open = await MeteringNode.Start(connection, Secret);
        var (_, ops) = await open.Token(null);
        foreach (var token in new[] { null, "", ops, Secret + "x", Secret[..^1] })
            Assert.Equal(404, (await open.Get("/internal/log", token)).Status);
        foreach (var token in new[] { null, "", ops, Secret }) Assert.Equal(404, (await closed.Get("/internal/log", token)).Status);
        Assert.Equal(200, (await open.Get("/internal/log", Secret)).Status);
        Assert.Equal(400, (await open.Get("/internal/log?limit=1001", Secret)).Status);
    }

    [Fact]
    public async Task Log_holds_what_other_nodes_recorded_once_and_is_answered_without_those_that_are_gone()
    {
        var connection = await postgres.CreateDatabase();
        await using var one = await MeteringNode.Start(connection, Secret);
        await using var two = await MeteringNode.Start(connection, Secret);
        var (mine, token) = await one.Token("Mine");
        var journals = new[] { one, two, two }.Select(n => (Node: n, Journal: new TestJournal(n.Folder))).ToArray();
        for (var i = 0; i < 30; i++)
        {
            journals[i % 3].Journal.Append(MeteringSetup.Record(mine!.Value.Value, i, Noon.AddSeconds(i))
                with
            { RequestId = Guid.CreateVersion7() });
        }
        foreach (var (node, journal) in journals)
        {
            await node.Journals.Register(journal.Id, journal.Folder, node.Url);
            await node.Journals.Pump(journal.Id, journal.Folder, ownerDead: false);
        }
        // Two processes that share the second disk answer at two addresses.
        using var third = new TestJournal(two.Folder);
        await two.Journals.Register(third.Id, third.Folder, two.Url + "/");
        using var gone = new TestJournal(two.Folder);
        await two.Journals.Register(gone.Id, gone.Folder + "-elsewhere", "http://127.0.0.1:1");
        foreach (var node in new[] { one, two })
        {
            var rows = Rows(await node.Get($"/api/v1/log?{Span}&limit=25", token));
            Assert.Equal(Enumerable.Range(5, 25).Reverse(), rows.Select(r => Number(r, "units")));
        }
        foreach (var (_, journal) in journals) journal.Dispose();
    }

    private static List<JsonNode> Rows((int Status, string Type, string Text) answer)
    {
        Assert.True(answer.Status == 200, answer.Text);
        return [.. JsonNode.Parse(answer.Text)!["data"]!.AsArray().Select(row => row!)];
    }

    private static int Number(JsonNode row, string name) => row[name]!.GetValue<int>();
}
