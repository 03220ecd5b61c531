using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Notices;

/// <summary>The real program: its command line, its settings, real calls, a mail server and a receiver.</summary>
public sealed class WholeTests(PostgresCluster postgres)
{
    [Fact]
    public async Task Calls_cross_a_rule_and_a_receiver_hears_of_it_and_mail_arrives()
    {
        await using var mail = SmtpStandIn.Start();
        await using var receiver = MisbehavingOrigin.Start();
        await using var upstream = MisbehavingOrigin.Start();
        (receiver.IsProbe, receiver.Default) = (_ => false, Behaviours.Body("thanks"));
        await using var sluice = await SluiceProcess.Start(new SluiceOptions
        {
            Database = await postgres.CreateDatabase(),
            Environment = new Dictionary<string, string?>
            {
                ["SLUICE_MAIL__HOST"] = "127.0.0.1",
                ["SLUICE_MAIL__PORT"] = mail.Port.ToString(CultureInfo.InvariantCulture),
                ["SLUICE_MAIL__TLS"] = "none",
                ["SLUICE_MAIL__FROM"] = "Acme <noreply@acme.example>",
                ["SLUICE_WEBHOOKS__PLAINLOOPBACK"] = "true",
                ["SLUICE_ALERTS__INTERVALMS"] = "1000",
            },
        });
        await sluice.Verb("mail", "test", "ada@example.org");
        await Until.True(() => mail.Received.Any(one => one.To == "ada@example.org"), "the mail arrives");

        await sluice.Verb("org", "create", "Acme");
        var webhook = (await sluice.VerbJson("webhook", "create", "Acme", receiver.Url)).GetProperty("webhook").GetProperty("id").GetString()!;
        await sluice.Verb("webhook", "test", webhook);
        await sluice.Verb("alert", "create", "Acme", "Five", "--kind", "usage", "--units", "5", "--channel", "webhook");
        var key = await Key(sluice, upstream.Url);
        using var http = new HttpClient { BaseAddress = sluice.BaseUrl };
        for (var i = 0; i < 6; i++) await Call(http, key);

        await Until.True(() => Types(receiver).Contains("alert.crossed"), "the alert is heard", TimeSpan.FromSeconds(60));
        Assert.Superset(
            new HashSet<string> { "webhook.test", "app.created", "key.created", "alert.crossed" }, Types(receiver).ToHashSet(StringComparer.Ordinal));
        Assert.Single(Types(receiver), "alert.crossed");
        var log = (await sluice.VerbJson("webhook", "deliveries", webhook)).GetProperty("data");
        await sluice.Verb("webhook", "redeliver", log[0].GetProperty("id").GetString()!);
        await sluice.Verb("webhook", "rotate", webhook, "--overlap", "1h");
        Assert.Contains(webhook, await sluice.Verb("webhook", "list", "Acme"), StringComparison.Ordinal);
        Assert.Contains("Five", await sluice.Verb("alert", "list", "Acme"), StringComparison.Ordinal);
        await sluice.Verb("webhook", "delete", webhook);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => sluice.Verb("notice", "list"));
        Assert.Contains("ended with 1", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("whsec_", sluice.Output, StringComparison.Ordinal);
        Assert.Equal(0, await sluice.Shutdown());
    }

    private static async Task<string> Key(SluiceProcess sluice, string upstream)
    {
        using var folder = new TemporaryDirectory("notices");
        var file = Path.Combine(folder.Path, "services.json");
        await File.WriteAllTextAsync(file, $$"""
            {"services":[{"name":"eth","title":"Eth","protocol":"jsonRpc","enabled":true,"prices":{"defaultUnits":1},
            "upstreams":[{"name":"one","url":"{{upstream}}"}]}]}
            """);
        await sluice.Verb("service", "import", file);
        var app = (await sluice.VerbJson("app", "create", "Acme", "Shop")).GetProperty("id").GetString()!;
        return (await sluice.VerbJson("key", "create", app, "--name", "Server")).GetProperty("secret").GetString()!;
    }

    private static async Task Call(HttpClient http, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/eth")
        {
            Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[]}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static List<string> Types(MisbehavingOrigin receiver) =>
        [.. receiver.Received.Select(one => JsonDocument.Parse(one.Body).RootElement.GetProperty("type").GetString()!)];
}
