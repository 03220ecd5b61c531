using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Gateway.Rules;
using Xunit;

namespace Sluice.Unit.Gateway.Rules;

public sealed class ForwardedClientTests
{
    private static readonly NetworkSet Proxies = NetworkSet.Compile(["10.0.0.0/8", "fd00::/8"]);

    [Theory]
    [InlineData("203.0.113.9", "198.51.100.1", "203.0.113.9")] // nobody trusted sent it
    [InlineData("10.0.0.1", "", "10.0.0.1")]
    [InlineData("10.0.0.1", "198.51.100.1", "198.51.100.1")]
    [InlineData("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1")]
    [InlineData("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1")] // the client's own invention
    [InlineData("10.0.0.1", "6.6.6.6, 198.51.100.1,10.0.0.2 ,\t10.0.0.3", "198.51.100.1")]
    [InlineData("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3")]
    [InlineData("10.0.0.1", "198.51.100.1:4711", "198.51.100.1")]
    [InlineData("10.0.0.1", "[2001:db8::7]:443", "2001:db8::7")]
    [InlineData("10.0.0.1", "2001:db8::7", "2001:db8::7")]
    [InlineData("fd00::1", "::ffff:198.51.100.1", "198.51.100.1")]
    [InlineData("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1")]
    [InlineData("10.0.0.1", "198.51.100.1, , 10.0.0.2", "10.0.0.2")]
    [InlineData("10.0.0.1", "198.51.100.1,", "10.0.0.1")]
    [InlineData("10.0.0.1", "198.51.100", "10.0.0.1")]
    [InlineData("10.0.0.1", "0x7f.0.0.1", "10.0.0.1")]
    [InlineData("10.0.0.1", "198.051.100.1", "10.0.0.1")]
    [InlineData("10.0.0.1", "198.51.100.1:port", "10.0.0.1")]
    [InlineData("10.0.0.1", "[198.51.100.1]", "10.0.0.1")]
    [InlineData("10.0.0.1", "fe80::1%eth0", "10.0.0.1")]
    public void Client_is_the_last_one_that_a_trusted_proxy_saw(string peer, string header, string client) =>
        Assert.Equal(IPAddress.Parse(client), ForwardedClient.Resolve(IPAddress.Parse(peer), header, Proxies));

    [Fact]
    public void Chain_of_proxies_has_an_end()
    {
        var header = "198.51.100.1" + string.Concat(Enumerable.Repeat(", 10.0.0.2", ForwardedClient.HopsMax));
        Assert.Equal(
            IPAddress.Parse("10.0.0.2"), ForwardedClient.Resolve(IPAddress.Parse("10.0.0.1"), header, Proxies));
    }

    [Fact]
    public void What_a_client_writes_never_replaces_what_its_proxy_saw() =>
        Law.Holds(Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        {
            var seen = IPAddress.Parse("198.51.100.1");
            return seen.Equals(ForwardedClient.Resolve(IPAddress.Parse("10.0.0.1"), $"{text}, {seen}", Proxies));
        }));
}
