using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Platform;
using Xunit;

namespace Sluice.Unit.Platform;

public sealed class OutboundGuardTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("168.63.129.16")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.192")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("::8.8.8.8")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b::808:808")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::1")]
    [InlineData("2002:808:808::1")]
    [InlineData("3fff::1")]
    [InlineData("5f00::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%2")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void An_address_that_is_not_of_the_public_net_is_refused(string address)
    {
        Assert.False(OutboundGuard.IsPublic(IPAddress.Parse(address)));
        using var guard = Guard();
        Assert.False(guard.Allows(IPAddress.Parse(address)));
        Assert.NotNull(guard.Fault(address.Contains(':') ? $"https://[{address}]/" : $"https://{address}/"));
    }

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("8.8.8.8")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700::1111")]
    [InlineData("2a00:1450:4001::1")]
    public void An_address_of_the_public_net_is_allowed(string address) => Assert.True(OutboundGuard.IsPublic(IPAddress.Parse(address)));

    // Written a second time and in another way: by the bits of the ranges, as the registries list them.
    [Fact]
    public void Addresses_are_judged_as_the_registries_have_them() => Law.Holds(2000, Prop.ForAll(
        ArbMap.Default.ArbFor<uint>(),
        bits =>
        {
            var (a, b, c) = ((byte)(bits >> 24), (byte)(bits >> 16), (byte)(bits >> 8));
            var closed = a is 0 or 10 or 127 or >= 224
                || (a == 100 && (b & 0xC0) == 64) || (a == 169 && b == 254) || (a == 172 && (b & 0xF0) == 16)
                || (a == 192 && b == 168) || (a == 192 && b == 0 && c is 0 or 2) || (a == 192 && b == 88 && c == 99)
                || (a == 198 && (b & 0xFE) == 18) || (a == 198 && b == 51 && c == 100) || (a == 203 && b == 0 && c == 113)
                || bits == 0xA83F8110;
            var address = new IPAddress([a, b, c, (byte)bits]);
            return OutboundGuard.IsPublic(address) == !closed && !OutboundGuard.IsPublic(address.MapToIPv6());
        }));

    [Fact]
    public void No_IPv6_address_that_wraps_or_stays_at_home_is_allowed() => Law.Holds(2000, Prop.ForAll(
        ArbMap.Default.ArbFor<NonNull<byte[]>>().Generator.ToArbitrary(),
        bytes =>
        {
            var text = new byte[16];
            bytes.Get.AsSpan(0, Math.Min(16, bytes.Get.Length)).CopyTo(text);
            var address = new IPAddress(text);
            var outside = (text[0] & 0xE0) != 0x20 || (text[0] == 0x20 && text[1] == 2) || (text[0] == 0x3F && text[1] == 0xFF && text[2] < 16)
                || (text[0] == 0x20 && text[1] == 1 && (text[2] < 2 || (text[2] == 0x0D && text[3] == 0xB8)));
            return OutboundGuard.IsPublic(address) == !outside;
        }));

    [Theory]
    [InlineData("http://hooks.example.com/")]
    [InlineData("http://127.0.0.1/")]
    [InlineData("ftp://hooks.example.com/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user:secret@hooks.example.com/")]
    [InlineData("https://hooks.example.com/#part")]
    [InlineData("https://localhost/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://127.1/")]
    [InlineData("hooks.example.com")]
    [InlineData("https://")]
    [InlineData("")]
    public void An_address_that_cannot_be_right_is_told(string url)
    {
        using var guard = Guard();
        Assert.NotNull(guard.Fault(url));
    }

    [Fact]
    public void An_address_that_may_be_right_is_taken()
    {
        using var guard = Guard();
        Assert.Null(guard.Fault("https://hooks.example.com:8443/sluice?x=1"));
        Assert.NotNull(guard.Fault("https://hooks.example.com/" + new string('x', 2000)));
    }

    [Fact]
    public void Own_networks_and_this_machine_are_reached_only_where_that_is_set()
    {
        using var own = new OutboundGuard([IPNetwork.Parse("10.1.0.0/16")], plainLoopback: false, TimeSpan.FromSeconds(1));
        Assert.True(own.Allows(IPAddress.Parse("10.1.2.3")));
        Assert.True(own.Allows(IPAddress.Parse("::ffff:10.1.2.3")));
        Assert.False(own.Allows(IPAddress.Parse("10.2.0.1")));
        using var local = new OutboundGuard([], plainLoopback: true, TimeSpan.FromSeconds(1));
        Assert.Null(local.Fault("http://127.0.0.1:5000/"));
        Assert.Null(local.Fault("http://localhost:5000/"));
        Assert.NotNull(local.Fault("http://10.0.0.1/"));
        Assert.NotNull(local.Fault("http://hooks.example.com/"));
    }

    private static OutboundGuard Guard() => new([], plainLoopback: false, TimeSpan.FromSeconds(1));
}
