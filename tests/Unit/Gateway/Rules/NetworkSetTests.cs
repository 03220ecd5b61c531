using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Gateway.Rules;
using Xunit;

namespace Sluice.Unit.Gateway.Rules;

public sealed class NetworkSetTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.255.0.1", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("10.1.2.3/8", "10.255.0.1", true)]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.1.1", true)]
    [InlineData("::ffff:10.0.0.0/104", "10.1.1.1", true)]
    [InlineData("0.0.0.0/0", "203.0.113.9", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("::/0", "203.0.113.9", false)]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("2001:db8::/33", "2001:db8:8000::1", false)]
    [InlineData("fe80::/10", "fe80::1%3", true)]
    public void Network_contains_its_addresses(string network, string address, bool contains) =>
        Assert.Equal(contains, NetworkSet.Compile([network]).Contains(IPAddress.Parse(address)));

    [Theory]
    [InlineData("")]
    [InlineData("10.1/8")]
    [InlineData("167772161")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/ 8")]
    [InlineData("010.0.0.1")]
    [InlineData("[::1]:80")]
    [InlineData("::/129")]
    [InlineData("everyone")]
    public void Unreadable_network_contains_nothing(string network)
    {
        var set = NetworkSet.Compile([network]);
        foreach (var address in (string[])["10.0.0.1", "8.0.0.1", "::1", "0.0.0.0", "::"])
            Assert.False(set.Contains(IPAddress.Parse(address)));
    }

    [Fact]
    public void Network_contains_exactly_what_shares_its_prefix() =>
        Law.Holds(Prop.ForAll(Pairs(4).ToArbitrary(), Agrees));

    [Fact]
    public void Network_of_version_6_contains_exactly_what_shares_its_prefix() =>
        Law.Holds(Prop.ForAll(Pairs(16).ToArbitrary(), Agrees));

    [Fact]
    public void Check_allocates_nothing()
    {
        var set = NetworkSet.Compile(["10.0.0.0/8", "2001:db8::/32"]);
        var v4 = IPAddress.Parse("192.0.2.1");
        var v6 = IPAddress.Parse("2001:db8::1");
        Assert.True(!set.Contains(v4) && set.Contains(v6));
        Assert.Equal(0, Allocated.Least(100, () =>
        {
            set.Contains(v4);
            set.Contains(v6);
        }));
    }

    private static bool Agrees((byte[] Network, byte[] Address, int Prefix) pair)
    {
        var same = Enumerable.Range(0, pair.Prefix).All(i => Bit(pair.Network, i) == Bit(pair.Address, i));
        return NetworkSet.Compile([$"{new IPAddress(pair.Network)}/{pair.Prefix}"])
            .Contains(new IPAddress(pair.Address)) == same;
    }

    private static int Bit(byte[] bytes, int at) => (bytes[at / 8] >> (7 - (at % 8))) & 1;

    /// <summary>A network, and an address that differs from it in one bit or in none.</summary>
    private static Gen<(byte[] Network, byte[] Address, int Prefix)> Pairs(int size) =>
        from network in Gen.Choose(0x20, 0xfe).ArrayOf(size)
        from prefix in Gen.Choose(0, size * 8)
        from bit in Gen.Choose(0, (size * 8) + 7)
        select (ToBytes(network), Flip(ToBytes(network), bit), prefix);

    private static byte[] ToBytes(int[] values) => Array.ConvertAll(values, value => (byte)value);

    private static byte[] Flip(byte[] bytes, int bit)
    {
        if (bit / 8 < bytes.Length)
            bytes[bit / 8] ^= (byte)(0x80 >> (bit % 8));
        return bytes;
    }
}
