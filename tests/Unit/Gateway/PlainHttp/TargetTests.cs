using Sluice.Gateway.PlainHttp;
using Xunit;

namespace Sluice.Unit.Gateway.PlainHttp;

public sealed class TargetTests
{
    [Theory]
    [InlineData("http://u", "", "http://u/")]
    [InlineData("http://u/base/", "", "http://u/base/")]
    [InlineData("http://u/base/", "/a%2Fb/%41", "http://u/base/a%2Fb/%41")]
    [InlineData("http://u/base", "?x=1", "http://u/base?x=1")]
    [InlineData("http://u:81/b?key=s", "/p?x=/../", "http://u:81/b/p?key=s&x=/../")]
    public void Target_appends_what_came_as_it_came_when_a_call_goes_up(string upstream, string rest, string expected) =>
        Assert.Equal(expected, Target.Upstream(new Uri(upstream), rest).OriginalString);

    [Theory]
    [InlineData("", "/"), InlineData("?a", "/"), InlineData("/a?b", "/a"), InlineData("/%61//b", "/a/b")]
    public void Target_prices_one_path_alike_when_it_is_spelled_differently(string rest, string expected) =>
        Assert.Equal(expected, Target.Priced(rest));

    [Theory]
    [InlineData("/v1/api/x?y", "/x?y", "/v1/api")]
    [InlineData("/v1/api/~slc_pk_k/x", "/x", "/v1/api/~slc_pk_k")]
    [InlineData("/v1", "", "/v1/api")]
    [InlineData("/x", "/x", "")]
    public void Target_knows_the_services_address_when_it_was_reached(string raw, string rest, string expected) =>
        Assert.Equal(expected, Target.Gateway(raw, rest, "api"));

    [Theory]
    [InlineData("http://u/base/x#f", "/v1/api/x#f")]
    [InlineData("//u/base/x", "/v1/api/x")]
    [InlineData("http://U/based", null)]
    [InlineData("http://u:81/base/x", null)]
    [InlineData("ftp://other/", null)]
    [InlineData("?page=2", "?page=2")]
    public void Target_never_shows_the_upstreams_host_when_it_redirects(string location, string? expected) =>
        Assert.Equal(expected, Target.Location(location, new Uri("http://u/base"), "/v1/api"));
}
