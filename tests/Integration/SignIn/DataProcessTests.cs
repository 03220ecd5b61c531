using System.IO.Compression;
using System.Net;
using Sluice.Integration.Chaos;
using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.SignIn;

/// <summary>Exports and deletion over the real executable.</summary>
public sealed class DataProcessTests(PostgresCluster postgres)
{
    private static readonly Dictionary<string, string?> AtOnce = new(StringComparer.Ordinal) { ["SLUICE_DATA__DELETIONDAYS"] = "0" };

    [Fact]
    public async Task An_organization_is_exported_and_deleted_with_its_keys_webhooks_and_alerts()
    {
        var database = await postgres.CreateDatabase();
        using var folder = new TemporaryDirectory("export");
        await using var sluice = await SluiceProcess.Start(new SluiceOptions { Database = database, Environment = AtOnce });
        var org = (await sluice.VerbJson("org", "create", "Short lived")).GetProperty("id").GetString()!;
        await sluice.VerbJson("app", "create", org, "web");
        var export = (await sluice.VerbJson("export", "create", org)).GetProperty("id").GetString()!;
        await Until.True(
            async () => (await sluice.VerbJson("export", "show", export)).GetProperty("state").GetString() == "ready",
            "the export is packed");
        Assert.Contains(export, await sluice.Verb("export", "list", "--org", org), StringComparison.Ordinal);
        var file = folder["acme.zip"];
        await sluice.Verb("export", "download", export, file);
        await using (var archive = await ZipFile.OpenReadAsync(file))
        {
            Assert.Equal(
                [
                    "README.txt", "alerts.jsonl", "apps.jsonl", "audit.jsonl", "invitations.jsonl", "keys.jsonl", "members.jsonl",
                    "organization.jsonl", "plan.jsonl", "tokens.jsonl", "usage.jsonl", "webhooks.jsonl",
                ],
                archive.Entries.Select(entry => entry.FullName).Order(StringComparer.Ordinal));
        }
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        await sluice.Verb("org", "delete", org);
        await using var source = Npgsql.NpgsqlDataSource.Create(database);
        await Until.True(async () =>
        {
            await using var left = source.CreateCommand("""
                SELECT (SELECT count(*) FROM keys.apps) + (SELECT count(*) FROM tenants.exports)
                    + (SELECT count(*) FROM tenants.organizations WHERE deleted_at IS NULL)
                """);
            return (long)(await left.ExecuteScalarAsync())! == 0;
        }, "nothing of it is left");
        Assert.Contains("There is no organization", await sluice.Verb("org", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_keys_of_a_deleted_organization_are_refused_by_every_process_from_then_on()
    {
        await using var origin = await NginxOrigin.Start();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var key = (await installation.CreateKey(await installation.CreateApp())).Secret;
        var here = await installation.Start("gateway,portal,worker");
        var there = await installation.Start("gateway");
        using var http = new HttpClient();
        await Until.True(async () => await Call(http, there, key) == HttpStatusCode.OK, "the key works there");
        await here.Verb("org", "delete", installation.Organization.ToString());
        await Until.True(
            async () => await Call(http, there, key) == HttpStatusCode.Forbidden, "it is refused there", TimeSpan.FromSeconds(1));
        await here.Verb("org", "keep", installation.Organization.ToString());
        await Until.True(async () => await Call(http, there, key) == HttpStatusCode.OK, "it works there again", TimeSpan.FromSeconds(1));
    }

    private static async Task<HttpStatusCode> Call(HttpClient http, SluiceProcess sluice, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sluice.BaseUrl, $"/v1/{Installation.Service}"))
        {
            Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}""", null, "application/json"),
            Headers = { { "Authorization", $"Bearer {key}" } },
        };
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
