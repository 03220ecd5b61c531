using Sluice.Host.Portal.Web;
using Xunit;

namespace Sluice.Unit.Host.Portal;

public sealed class LocalPathTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/console/org_1/members?after=usr_2#top")]
    [InlineData("/docs/keys")]
    [InlineData("/a//b")]
    [InlineData("/?next=https%3A%2F%2Fevil.example")]
    public void Path_of_this_installation_is_followed(string path) => Assert.Equal(path, LocalPath.Or(path, "/fallback"));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("console")]
    [InlineData("//evil.example")]
    [InlineData("///evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("\\\\evil.example")]
    [InlineData("/a\\..\\evil")]
    [InlineData("https://evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData(" /console")]
    [InlineData("/\t/evil.example")]
    [InlineData("/\n/evil.example")]
    [InlineData("/\r\nLocation: https://evil.example")]
    [InlineData("/\u2028evil")]
    [InlineData("/／evil.example")]
    public void Anything_else_leads_to_the_fallback(string? path) => Assert.Equal("/fallback", LocalPath.Or(path, "/fallback"));

    [Fact]
    public void Path_that_is_too_long_leads_to_the_fallback() =>
        Assert.Equal("/", LocalPath.Or("/" + new string('a', 2048), "/"));
}
