using System.CommandLine;
using Sluice.Host;
using Sluice.Host.Cli;
using Xunit;

namespace Sluice.Unit.Host;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("serve --roles gateway,worker --urls http://localhost:1 --no-demo")]
    [InlineData("migrate --json")]
    [InlineData("service import catalog.json")]
    [InlineData("service show devnet --json")]
    [InlineData("plan assign Acme free")]
    [InlineData("org create Acme")]
    [InlineData("org rename Acme Better")]
    [InlineData("org suspend Acme --why unpaid")]
    [InlineData("org resume Acme")]
    [InlineData("org transfer Acme ada@example.org")]
    [InlineData("org leave Acme")]
    [InlineData("org member list Acme")]
    [InlineData("org member invite Acme ada@example.org --role admin")]
    [InlineData("org member role Acme ada@example.org owner")]
    [InlineData("org member remove Acme usr_1")]
    [InlineData("invitation list --org Acme")]
    [InlineData("invitation revoke inv_1")]
    [InlineData("app rules app_1 --method eth_* --method net_* --origin https://a.example")]
    [InlineData("app limits app_1 --daily-units 5 --soft")]
    [InlineData("key create app_1 --kind publishable --requests-per-second 5")]
    [InlineData("key rotate key_1 --overlap 1h --server https://x.example --token t")]
    [InlineData("usage show --by hour --group service method --from 24h")]
    [InlineData("log show --status 429 --limit 5")]
    [InlineData("journal inspect /tmp --records 5")]
    [InlineData("token create --operator")]
    [InlineData("token create --org Acme --scope usageRead --scope logRead")]
    [InlineData("token list --org Acme")]
    [InlineData("token revoke tok_1")]
    public void Verb_is_understood(string line) => Assert.Empty(CommandLine.Build().Parse(line).Errors);

    [Theory]
    [InlineData("key create")]
    [InlineData("key create app_1 --kind golden")]
    [InlineData("usage show --by year")]
    [InlineData("org")]
    [InlineData("org member role Acme ada@example.org king")]
    [InlineData("nonsense")]
    public void Verb_is_refused_when_it_is_not_whole(string line) => Assert.NotEmpty(CommandLine.Build().Parse(line).Errors);

    [Fact]
    public void Every_verb_and_option_says_what_it_does()
    {
        static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
        foreach (var command in All(CommandLine.Build()))
        {
            Assert.False(string.IsNullOrWhiteSpace(command.Description), command.Name);
            foreach (var option in command.Options) Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{command.Name} {option.Name}");
            foreach (var argument in command.Arguments) Assert.False(string.IsNullOrWhiteSpace(argument.Description), $"{command.Name} {argument.Name}");
        }
    }

    [Theory]
    [InlineData("30s", 30)]
    [InlineData("15m", 900)]
    [InlineData("24h", 86400)]
    [InlineData("7d", 604800)]
    public void Span_is_read_with_its_unit(string text, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Verbs.Span(text));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("-5s")]
    [InlineData("5w")]
    [InlineData("99999999d")]
    public void Span_is_refused_when_it_is_none(string text) => Assert.Throws<HostFault>(() => Verbs.Span(text));
}
