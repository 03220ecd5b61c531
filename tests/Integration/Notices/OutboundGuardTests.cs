using System.Net;
using Sluice.Integration.Origins;
using Sluice.Platform;
using Xunit;

namespace Sluice.Integration.Notices;

/// <summary>The guard over real connections: what was looked at is what is connected to.</summary>
public sealed class OutboundGuardTests : IAsyncLifetime
{
    private readonly MisbehavingOrigin _origin = MisbehavingOrigin.Start();

    public ValueTask InitializeAsync()
    {
        (_origin.IsProbe, _origin.Default) = (_ => false, Behaviours.Body("here"));
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _origin.DisposeAsync();

    [Fact]
    public async Task A_name_that_leads_elsewhere_a_moment_later_leads_nowhere()
    {
        var asked = 0;
        // The first answer is allowed, all later ones are not: a second look anywhere would be refused, or connect there.
        Task<IPAddress[]> Resolve(string host, CancellationToken ct) =>
            Task.FromResult<IPAddress[]>([Interlocked.Increment(ref asked) == 1 ? IPAddress.Loopback : IPAddress.Parse("169.254.169.254")]);
        using var guard = new OutboundGuard([], plainLoopback: true, TimeSpan.FromSeconds(2), Resolve);
        using var first = await guard.Send(Request("http://localhost"), CancellationToken.None);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(1, asked);
        await Assert.ThrowsAsync<OutboundRefusedException>(() => guard.Send(Request("http://localhost"), CancellationToken.None));
        Assert.Equal((2, 1), (asked, (int)_origin.Calls));
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("fd00::1")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    public async Task A_name_with_one_address_that_is_not_public_is_refused(string address)
    {
        using var guard = new OutboundGuard(
            [], plainLoopback: false, TimeSpan.FromSeconds(2),
            (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("93.184.216.34"), IPAddress.Parse(address)]));
        var fault = await Assert.ThrowsAsync<OutboundRefusedException>(
            () => guard.Send(Request("https://hooks.example.com"), CancellationToken.None));
        Assert.Contains("not of the public net", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_sent_in_clear_to_another_machine_of_an_allowed_network()
    {
        using var guard = new OutboundGuard(
            [IPNetwork.Parse("10.0.0.0/8")], plainLoopback: true, TimeSpan.FromSeconds(2),
            (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("10.0.0.1")]));
        await Assert.ThrowsAsync<OutboundRefusedException>(() => guard.Send(Request("http://localhost"), CancellationToken.None));
    }

    [Fact]
    public async Task Redirects_are_answers_and_connections_are_not_kept()
    {
        _origin.Default = Behaviours.Body("", 307, "text/plain", "Location: http://169.254.169.254/");
        using var guard = new OutboundGuard([], plainLoopback: true, TimeSpan.FromSeconds(2));
        for (var i = 0; i < 2; i++)
        {
            using var answer = await guard.Send(Request("http://127.0.0.1"), CancellationToken.None);
            Assert.Equal(HttpStatusCode.TemporaryRedirect, answer.StatusCode);
        }
        Assert.Equal((2L, 2), (_origin.Calls, _origin.Connections));
    }

    private HttpRequestMessage Request(string host) => new(HttpMethod.Post, $"{host}:{_origin.Port}/") { Content = new StringContent("{}") };
}
