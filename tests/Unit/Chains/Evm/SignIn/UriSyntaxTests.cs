using Sluice.Chains.Evm.SignIn;
using Xunit;

namespace Sluice.Unit.Chains.Evm.SignIn;

/// <summary>Examples and edges of RFC 3986, appendix A.</summary>
public sealed class UriSyntaxTests
{
    [Theory]
    [InlineData("ftp://ftp.is.co.za/rfc/rfc1808.txt")]
    [InlineData("ldap://[2001:db8::7]/c=GB?objectClass?one")]
    [InlineData("mailto:John.Doe@example.com")]
    [InlineData("news:comp.infosystems.www.servers.unix")]
    [InlineData("tel:+1-816-555-1212")]
    [InlineData("telnet://192.0.2.16:80/")]
    [InlineData("urn:oasis:names:specification:docbook:dtd:xml:4.1.2")]
    [InlineData("a:")]
    [InlineData("a://")]
    [InlineData("a:///b")]
    [InlineData("a:b//c")]
    [InlineData("a:?q#f?/")]
    [InlineData("a+b-c.d:%41")]
    public void Uri_of_the_grammar_is_one(string text) => Assert.True(UriSyntax.IsUri(text));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData(":a")]
    [InlineData("1a:b")]
    [InlineData("é:b")]
    [InlineData("a:é")]
    [InlineData("a:b c")]
    [InlineData("a:%4")]
    [InlineData("a:%zz")]
    [InlineData("a:[b]")]
    [InlineData("a:#f#g")]
    [InlineData("a:?q|r")]
    [InlineData("a:b\\c")]
    [InlineData("a://[::1")]
    [InlineData("a://b:c/d")]
    [InlineData("a://b@c@d/")]
    public void What_the_grammar_does_not_make_is_none(string text) => Assert.False(UriSyntax.IsUri(text));

    [Theory]
    [InlineData("::")]
    [InlineData("1::")]
    [InlineData("::1")]
    [InlineData("1:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:7::")]
    [InlineData("::2:3:4:5:6:7:8")]
    [InlineData("::1.2.3.4")]
    [InlineData("::ffff:1.2.3.4")]
    [InlineData("1:2:3:4:5:6:1.2.3.4")]
    [InlineData("FE80::A")]
    [InlineData("v1.a:b")]
    [InlineData("vF.!")]
    public void Address_in_brackets_is_a_host(string address)
    {
        Assert.True(UriSyntax.IsAuthority($"[{address}]"));
        Assert.True(UriSyntax.IsAuthority($"user:x@[{address}]:80"));
        Assert.False(UriSyntax.IsAuthority($"[{address}]x"));
        Assert.False(UriSyntax.IsAuthority($"[{address}"));
        Assert.False(UriSyntax.IsAuthority($"[{address}]:8x"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1::2::3")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("::1:2:3:4:5:6:7:8")]
    [InlineData("12345::")]
    [InlineData("::g")]
    [InlineData("1.2.3.4")]
    [InlineData("1.2.3.4::")]
    [InlineData("::1.2.3")]
    [InlineData("::1.2.3.04")]
    [InlineData("::256.1.1.1")]
    [InlineData("1:2:3:4:5:1.2.3.4")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("fe80::1%25en0")]
    [InlineData("::1/64")]
    [InlineData("v.a")]
    [InlineData("v1.")]
    [InlineData("vG.a")]
    [InlineData("[::1]")]
    public void Address_of_another_form_in_brackets_is_no_host(string address) => Assert.False(UriSyntax.IsAuthority($"[{address}]"));
}
