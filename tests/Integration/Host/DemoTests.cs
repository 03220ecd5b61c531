using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Host;

/// <summary>What a newcomer sees first: one line to copy, a real chain that answers, and everything there the next time.</summary>
public sealed partial class DemoTests
{
    [Fact]
    public async Task Demo_prints_a_line_that_works_at_once_and_again_after_a_restart_and_a_crash()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "anvil is not installed");
        await using var sluice = await Demo(secondsBetweenCalls: 0);
        var key = await Key(sluice);
        Assert.Matches("\"result\":\"0x", await Call(sluice, key));

        Assert.Equal(0, await sluice.Shutdown());
        await sluice.Up();
        Assert.Equal(key, await Key(sluice));
        Assert.Matches("\"result\":\"0x", await Call(sluice, key));

        await sluice.Crash();
        await sluice.Up();
        Assert.Equal(key, await Key(sluice));
        Assert.Matches("\"result\":\"0x", await Call(sluice, key));

        // Three calls were answered, one of them by a process that was killed: all three are counted.
        await Until.True(
            async () => (await sluice.VerbJson("usage", "show", "--by", "total")).GetProperty("data").EnumerateArray()
                .Sum(row => row.GetProperty("calls").GetInt64()) == 3,
            "all calls are in the usage", TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Demo_makes_a_few_calls_of_its_own_with_a_key_of_its_own()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "anvil is not installed");
        await using var sluice = await Demo(secondsBetweenCalls: 1);
        var app = (await sluice.VerbJson("app", "list", "Demo")).GetProperty("data").EnumerateArray()
            .Single(app => app.GetProperty("name").GetString() == "Sample traffic").GetProperty("id").GetString()!;
        await Until.True(
            async () => (await sluice.VerbJson("usage", "show", "--by", "total", "--group", "app")).GetProperty("data").EnumerateArray()
                .Any(row => row.GetProperty("app").GetString() == app && row.GetProperty("calls").GetInt64() >= 2),
            "its calls are in the usage", TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Demo_lets_in_an_operator_and_the_owner_of_its_organization_by_links_that_are_new_at_each_start()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "anvil is not installed");
        await using var sluice = await Demo(secondsBetweenCalls: 0);
        await Key(sluice);
        var first = Links(sluice);
        Assert.Equal(0, await sluice.Shutdown());
        await sluice.Up();
        await Key(sluice);

        Assert.Equal(2, first.Count);
        Assert.Equal(2, Links(sluice).Count);
        Assert.Empty(first.Intersect(Links(sluice), StringComparer.Ordinal));
        // An operator is there, so that the console offers nobody else to become the first.
        Assert.DoesNotContain("There is no operator yet", sluice.Output, StringComparison.Ordinal);
        var member = Assert.Single((await sluice.VerbJson("org", "member", "list", "Demo")).GetProperty("data").EnumerateArray());
        Assert.Equal(
            ("consumer@demo.example", "owner"), (member.GetProperty("email").GetString(), member.GetProperty("role").GetString()));
    }

    private static Task<SluiceProcess> Demo(int secondsBetweenCalls) => SluiceProcess.Start(new SluiceOptions
    {
        Arguments = ["--demo"],
        Environment = new Dictionary<string, string?>
        {
            ["SLUICE_DEMO_ANVIL"] = AnvilNode.Executable,
            ["SLUICE_DEMO_CALL_SECONDS"] = $"{secondsBetweenCalls}",
        },
    });

    private static List<string> Links(SluiceProcess sluice) =>
        [.. LinkLine().Matches(sluice.Output).Select(match => match.Groups["link"].Value)];

    private static async Task<string> Key(SluiceProcess sluice)
    {
        await Until.True(() => Task.FromResult(Line().IsMatch(sluice.Output)), "the line is printed", TimeSpan.FromSeconds(30));
        return Line().Matches(sluice.Output)[^1].Groups["key"].Value;
    }

    private static async Task<string> Call(SluiceProcess sluice, string key)
    {
        using var client = new HttpClient { BaseAddress = sluice.BaseUrl };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var body = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}""");
        using var answer = await client.PostAsync(new Uri("/v1/devnet", UriKind.Relative), body);
        return await answer.Content.ReadAsStringAsync();
    }

    [GeneratedRegex("^curl \\S+/v1/devnet -H 'Authorization: Bearer (?<key>slc_sk_[0-9A-Za-z]+)'", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();

    [GeneratedRegex("^  as an? (?<who>consumer|operator) +(?<link>http\\S+/sign-in/link\\S+)", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LinkLine();
}
