using System.Net;
using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Kernel.Journal;
using Sluice.Platform.Catalog;
using Xunit;

namespace Sluice.Integration.Chaos;

/// <summary>PostgreSQL stopped for a minute under load.</summary>
public sealed class OutageTests(ITestOutputHelper output)
{
    private const int Quota = 3_000;

    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Calls_go_on_by_their_caps_and_no_record_is_lost_while_the_database_is_away()
    {
        var (server, database) = await PostgresCluster.CreateDedicated();
        await using var owned = server;
        await using var origin = await NginxOrigin.Start();
        await using var installation = await Installation.Open(database, origin.Url);
        var soft = await Key(installation, new LimitSet { DailyUnits = 50, Cap = QuotaCap.Soft });
        var far = await Key(installation, new LimitSet { DailyUnits = 1_000_000_000, Cap = QuotaCap.Hard });
        var near = await Key(installation, new LimitSet { DailyUnits = Quota, Cap = QuotaCap.Hard });
        var gateway = await installation.Start("gateway");
        await using var onSoft = Calling(gateway, soft.Secret, 5);
        await using var onFar = Calling(gateway, far.Secret, 5);
        await using var onNear = Calling(gateway, near.Secret, 5);
        await Until.True(() => onNear.Good > Quota / 6 && onFar.Good > 400, "all keys are in use", TimeSpan.FromSeconds(60));

        var before = (Soft: onSoft.Good, Far: onFar.Good);
        await server.Stop();
        using var http = new HttpClient { BaseAddress = gateway.BaseUrl, Timeout = TimeSpan.FromSeconds(10) };
        var until = TimeProvider.System.GetUtcNow() + Outage;
        var unready = 0;
        while (TimeProvider.System.GetUtcNow() < until)
        {
            using var ready = await http.GetAsync("/health/ready");
            if (!ready.IsSuccessStatusCode) unready++;
            await Task.Delay(250);
        }
        Assert.Equal(0, unready);
        Assert.True(onSoft.Good > before.Soft + 100 && onFar.Good > before.Far + 100, "Calls did not go on.");
        await RefusedWithReason(http, near.Secret);
        var slice = onNear.Good;
        Assert.True(slice < Quota, "The near key was never refused.");

        await server.Start();
        // This test's own connections were cut as well.
        installation.Source.Clear();
        await Until.True(() => onNear.Good >= Quota, "the rest of the quota is leased again", TimeSpan.FromSeconds(60));
        var added = await installation.CreateKey(await installation.CreateApp());
        await Until.True(
            async () => await Status(http, added.Secret) == HttpStatusCode.OK, "a new key works", TimeSpan.FromSeconds(15));
        await Until.True(async () => await Status(http, near.Secret) == HttpStatusCode.TooManyRequests, "the quota is used up");
        foreach (var load in new[] { onSoft, onFar, onNear }) await load.Stop();
        output.WriteLine($"{onSoft.Good} soft, {onFar.Good} far, {onNear.Good} near, {slice} of them before the return");

        Assert.Equal([200], Statuses(onSoft));
        Assert.Equal([200], Statuses(onFar));
        Assert.Equal([200, 429, 503], Statuses(onNear));
        await gateway.Shutdown();
        var mine = added.Key.Id.Value;
        var records = Books.Records(installation.Journals).Where(r => r.Record.Key != mine).ToList();
        Reckoning.AnswersAreRecords(records, onSoft, onFar, onNear);
        await Reckoning.RollupsAreRecords(installation);
        Assert.Equal(Quota, records.Where(r => r.Record.Key == near.Id.Value).Sum(r => r.Record.Quantity));
    }

    private static async Task RefusedWithReason(HttpClient http, string key)
    {
        var (status, body) = await Call(http, key);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("limit.quota-unknown", body, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> Status(HttpClient http, string key) => (await Call(http, key)).Status;

    private static async Task<(HttpStatusCode Status, string Body)> Call(HttpClient http, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/{Installation.Service}");
        request.Headers.Add("X-API-Key", key);
        request.Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}""");
        using var answer = await http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static Load Calling(SluiceProcess gateway, string key, int pauseMs) => new(
        gateway.Port, new LoadPlan(2, [Chaos.Call.Single(key)], 1) { Pause = TimeSpan.FromMilliseconds(pauseMs) });

    private static int[] Statuses(Load load) => [.. load.Answers.Select(answer => answer.Status).Distinct().Order()];

    private static async Task<(KeyId Id, string Secret)> Key(Installation installation, LimitSet limits)
    {
        var issued = await installation.CreateKey(await installation.CreateApp(), limits);
        return (issued.Key.Id, issued.Secret);
    }
}
