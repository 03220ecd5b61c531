using System.Text;
using Sluice.Gateway.Upstreams;
using Xunit;

namespace Sluice.Unit.Gateway.Upstreams;

public sealed class Http1HeadTests
{
    [Fact]
    public void Head_reads_what_matters_in_any_case()
    {
        Assert.True(Parse("HTTP/1.1 200 OK\r\nCONTENT-length:  12 \r\nConnection: close\r\nContent-Encoding: GZIP", out var head));
        Assert.Equal(200, head.Status);
        Assert.Equal(12, head.ContentLength);
        Assert.False(head.KeepAlive);
        Assert.Equal(ContentCoding.Gzip, head.Coding);
    }

    [Theory]
    [InlineData("HTTP/1.1 200", true)]
    [InlineData("HTTP/1.0 200 OK", false)]
    [InlineData("HTTP/1.0 200 OK\r\nConnection: keep-alive", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3", false)]
    public void Head_tells_whether_the_connection_may_be_used_again(string text, bool keepAlive)
    {
        Assert.True(Parse(text, out var head));
        Assert.Equal(keepAlive, head.KeepAlive);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/2 200 OK")]
    [InlineData("HTTP/1.1 20 OK")]
    [InlineData("HTTP/1.1 2000 OK")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +1")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1x")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length:")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked")]
    [InlineData("HTTP/1.1 200 OK\r\n folded: yes")]
    [InlineData("HTTP/1.1 200 OK\r\nname : value")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon")]
    [InlineData("<html>")]
    public void Head_refuses_what_is_not_http_or_contradicts_itself(string text) => Assert.False(Parse(text, out _));

    private static bool Parse(string text, out Http1Head head) => Http1Head.TryParse(Encoding.ASCII.GetBytes(text), out head);
}
