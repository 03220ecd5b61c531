using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Host;

/// <summary>What the demo keeps away from: installations of others, other machines, and what its chain can do for developers.</summary>
public sealed partial class DemoBoundsTests
{
    [Fact]
    public async Task The_folder_of_a_demo_serves_nothing_but_the_demo_and_a_folder_in_use_serves_no_demo()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "anvil is not installed");
        await using var sluice = await SluiceProcess.Start(Options("--demo"));
        Assert.Equal(0, await sluice.Shutdown());
        var refused = await Failing(sluice, "serve", "--no-demo");
        Assert.Contains("is the demo's", refused, StringComparison.Ordinal);

        await using var real = await SluiceProcess.Start(Options("--no-demo"));
        await real.VerbJson("org", "create", "Demo");
        Assert.Equal(0, await real.Shutdown());
        var second = await Failing(real, "serve", "--demo");
        Assert.Contains("begins in an empty installation", second, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_demo_listens_to_this_machine_alone()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "anvil is not installed");
        await using var sluice = await SluiceProcess.Start(Options("--demo"));
        Assert.Equal(0, await sluice.Shutdown());
        Assert.Contains(
            "for this machine alone", await Failing(sluice, "serve", "--demo", "--urls", "http://*:0"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_chain_of_the_demo_does_nothing_for_developers()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "anvil is not installed");
        await using var sluice = await SluiceProcess.Start(Options("--demo"));
        await Until.True(() => Task.FromResult(Key().IsMatch(sluice.Output)), "the key is told", TimeSpan.FromSeconds(30));
        using var client = new HttpClient { BaseAddress = sluice.BaseUrl };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key().Match(sluice.Output).Value);
        foreach (var (method, parameters) in new[]
        {
            // Would ask whatever address it is given, and tell what came.
            ("anvil_reset", """[{"forking":{"jsonRpcUrl":"http://127.0.0.1:9/"}}]"""),
            ("anvil_setRpcUrl", """["http://127.0.0.1:9/"]"""),
            ("hardhat_reset", """[{"forking":{"jsonRpcUrl":"http://127.0.0.1:9/"}}]"""),
            ("evm_revert", """["0x1"]"""), ("evm_mine", "[]"),
            ("eth_sendTransaction", """[{"from":"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266","value":"0x1"}]"""),
        })
        {
            using var body = new StringContent(
                $$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""", Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync(new Uri("/v1/devnet", UriKind.Relative), body);
            using var read = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            Assert.Equal((method, -32601), (method, read.RootElement.GetProperty("error").GetProperty("code").GetInt32()));
        }
    }

    private static async Task<string> Failing(SluiceProcess sluice, params string[] arguments) =>
        (await Assert.ThrowsAsync<InvalidOperationException>(() => sluice.Verb(arguments))).Message;

    private static SluiceOptions Options(string demo) => new()
    {
        Arguments = [demo],
        Environment = new Dictionary<string, string?>
        {
            ["SLUICE_DEMO_ANVIL"] = AnvilNode.Executable,
            ["SLUICE_DEMO_CALL_SECONDS"] = "0",
        },
    };

    [GeneratedRegex("slc_sk_[0-9A-Za-z]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Key();
}
