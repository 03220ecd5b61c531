using Sluice.Gateway.Snapshot;
using Sluice.Integration.Origins;
using Sluice.Integration.Rooms;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>Where a call may go to, and where its key may stand.</summary>
public sealed class RpcAddressTests
{
    [Theory]
    [InlineData("/v1/eth", "localhost", null, 200)]
    [InlineData("/v1/eth/", "localhost", null, 200)]
    [InlineData("/v1/eth?network=main", "localhost", null, 200)]
    [InlineData("/v1/ETH", "localhost", null, 200)]
    [InlineData("/", "eth.localhost", null, 200)]
    [InlineData("/", "eth.localhost:4000", null, 200)]
    [InlineData("/", "ETH.LOCALHOST", null, 200)]
    [InlineData("/v1", "eth.localhost", null, 200)]
    [InlineData("/v1/", "eth.localhost", null, 200)]
    [InlineData("/v1", "localhost", "eth", 200)]
    [InlineData("/v1/", "localhost", "eth", 200)]
    [InlineData("/v1", "anything.example", "eth", 200)]
    [InlineData("/v1", "localhost", null, 400)]
    [InlineData("/v1", "localhost", "nothing", 404)]
    [InlineData("/v1/nothing", "localhost", null, 404)]
    [InlineData("/v1/nothing", "localhost", "eth", 404)]
    [InlineData("/v1/closed", "localhost", null, 404)]
    [InlineData("/", "closed.localhost", null, 404)]
    [InlineData("/v1/eth/more", "localhost", null, 404)]
    [InlineData("/v1//eth", "localhost", null, 404)]
    [InlineData("/v1x", "eth.localhost", null, 400)]
    [InlineData("/v1/eth/../../admin", "localhost", null, 418)]
    [InlineData("/v1/eth/%2e%2e/x", "localhost", null, 404)]
    [InlineData("/v1/../v1/eth", "localhost", null, 404)]
    [InlineData("/%76%31/eth", "localhost", null, 400)]
    [InlineData("/v1/eth%2f", "localhost", null, 404)]
    [InlineData("http://localhost/v1/eth", "localhost", null, 200)]
    public async Task Address_leads_to_its_service_or_says_why_not(string target, string host, string? named, int status)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Two(origin);
        var key = gateway.NewKey();
        using var raw = await RawClient.Connect(gateway.Port);
        var request = RawClient.Request(
            target, key.Text, RpcClient.Call, ["Connection: close", .. named is null ? [] : new[] { $"Target-Service-Id: {named}" }]);
        await raw.Send(request.Replace("Host: localhost\r\n", $"Host: {host}\r\n", StringComparison.Ordinal));
        var answer = await raw.Receive();

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(status == 200 ? 1 : 0, origin.Calls);
        if (status == 200) Assert.Equal("/", Assert.Single(origin.Received).Target);
    }

    [Fact]
    public async Task Host_name_that_is_no_service_is_left_to_the_host()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Two(origin);
        foreach (var host in new[] { "nothing.localhost", "localhost", "a.eth.localhost", "eth.example" })
        {
            var reply = await gateway.Post(null, path: "/", with: request => request.Headers.Host = host);
            Assert.Equal(418, reply.Status);
        }
    }

    [Theory]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("Authorization", "bearer ")]
    [InlineData("Authorization", "")]
    [InlineData("X-API-Key", "")]
    [InlineData("X-API", "")]
    public async Task Key_is_taken_from_each_of_its_headers_and_goes_no_further(string header, string before)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Two(origin);
        var key = gateway.NewKey();
        var reply = await gateway.Post(null, with: request => request.Headers.TryAddWithoutValidation(header, before + key.Text));

        Assert.Equal(200, reply.Status);
        var received = Assert.Single(origin.Received);
        Assert.DoesNotContain(received.Headers, sent => sent.Value.Contains(key.Text, StringComparison.Ordinal));
        Assert.DoesNotContain(key.Text, received.Target, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publishable_key_may_stand_in_the_path_and_a_secret_one_may_not()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Two(origin);
        var open = gateway.NewKey(publishable: true);
        var secret = gateway.NewKey();
        Assert.Equal(200, (await gateway.Post(null, path: $"/v1/eth/~{open.Text}")).Status);
        Assert.Equal(200, (await gateway.Post(null, path: $"/v1/eth/~{open.Text}/")).Status);
        Assert.Equal(200, (await gateway.Post(null, path: $"/v1/~{open.Text}", with: r => r.Headers.Add("Target-Service-Id", "eth"))).Status);
        Assert.Equal(200, (await gateway.Post(null, path: $"/~{open.Text}", with: r => r.Headers.Host = "eth.localhost")).Status);
        Assert.Equal(200, (await gateway.Post(null, path: $"/v1/~{open.Text}", with: r => r.Headers.Host = "eth.localhost")).Status);
        Assert.Equal(200, (await gateway.Post(open)).Status);
        // Seen in a header before, it is still refused in the path.
        Assert.Equal(200, (await gateway.Post(secret)).Status);
        var reply = await gateway.Post(null, path: $"/v1/eth/~{secret.Text}");
        Assert.Equal((401, "key.secret-in-url"), (reply.Status, reply.Type));
        Assert.DoesNotContain(secret.Text, reply.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(origin.Received, request => request.Target != "/");
    }

    [Fact]
    public async Task Key_is_refused_when_it_is_missing_mistyped_unknown_or_a_token()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Two(origin);
        var key = gateway.NewKey();
        var missing = await gateway.Post(null);
        Assert.Equal((401, "key.missing", "Bearer"), (missing.Status, missing.Type, missing.Header("WWW-Authenticate")));
        string[] bad =
        [
            key.Text[..^1] + (key.Text[^1] == 'a' ? 'b' : 'a'), key.Text + "a", key.Text.ToUpperInvariant(), "", " ", "slc_sk_",
            Kernel.KeyText.New(Kernel.KeyTextKind.Secret), Kernel.KeyText.New(Kernel.KeyTextKind.Access), new string('x', 8000), "é",
        ];
        foreach (var text in bad)
        {
            var reply = await gateway.Post(null, with: request => request.Headers.TryAddWithoutValidation("X-API-Key", text));
            Assert.True(reply.Status == 401, text + reply.Body);
        }
        Assert.Equal(0, origin.Calls);
    }

    [Fact]
    public async Task Key_ends_when_it_is_revoked_and_rules_change_when_the_app_does()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Two(origin);
        var key = gateway.NewKey();
        Assert.Equal(200, (await gateway.Post(key)).Status);
        gateway.State.Callers.Apply(key.App with { Rules = AppRuleLists.Empty with { Methods = ["net_*"] } });
        Assert.Equal(403, (await gateway.Post(key)).Status);
        gateway.State.Callers.Apply(key.App);
        Assert.Equal(200, (await gateway.Post(key)).Status);
        gateway.State.Callers.Apply(key.Config with { Revoked = true });
        var reply = await gateway.Post(key);
        Assert.Equal((401, "key.unknown"), (reply.Status, reply.Type));
    }

    [Fact]
    public async Task Key_ends_when_its_time_is_over()
    {
        var time = new ManualTime();
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => (setup.Services, setup.Time) = ([GatewaySetup.ServiceOver(origin.Url)], time));
        var key = gateway.NewKey(expiresAt: time.GetUtcNow().AddMinutes(5));
        Assert.Equal(200, (await gateway.Post(key)).Status);
        time.Advance(TimeSpan.FromMinutes(6));
        var reply = await gateway.Post(key);
        Assert.Equal((401, "key.expired"), (reply.Status, reply.Type));
    }

    [Fact]
    public async Task New_key_is_found_by_the_look_up_that_an_unknown_key_causes()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Two(origin);
        var key = gateway.NewKey();
        gateway.State.Callers.Apply(key.Config with { Revoked = true });
        gateway.KeySource.OnCatchUp = () => gateway.State.Callers.Apply(key.Config);
        Assert.Equal(200, (await gateway.Post(key)).Status);
        Assert.Equal(1, gateway.KeySource.Asked);
    }

    private static Task<GatewayFixture> Two(MisbehavingOrigin origin) => GatewayFixture.Start(setup => setup.Services =
        [GatewaySetup.ServiceOver(origin.Url), GatewaySetup.ServiceOver(origin.Url) with { Name = "closed", Enabled = false }]);
}
