using Sluice.Integration.Postgres;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside;
using Xunit;

namespace Sluice.Integration.SignIn;

public sealed class SessionTests(PostgresCluster postgres)
{
    private static readonly object SignIn = new { email = "jane@example.org", password = SignInApi.Password };

    [Fact]
    public async Task Sessions_are_listed_by_device_and_network_and_end_one_by_one_or_all_others()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUp("jane@example.org");
        var curl = api.Person("curl/8.5.0");
        await curl.Post("auth/sign-in", SignIn);
        var phone = api.Person("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36");
        await phone.Post("auth/sign-in", SignIn);

        var listed = (await jane.Get("me/sessions"))!["data"]!.AsArray();
        Assert.Equal(["Chrome on Android", "Firefox on Linux", "curl"], listed.Select(one => $"{one!["device"]}").Order());
        Assert.All(listed, one => Assert.Equal("127.0.0.0/24", $"{one!["network"]}"));
        Assert.Equal(["Firefox on Linux"], listed.Where(one => (bool)one!["isCurrent"]!).Select(one => $"{one!["device"]}"));
        Assert.DoesNotContain(listed, one => one!.ToJsonString().Contains(jane.Secret!, StringComparison.Ordinal));

        var id = listed.Single(one => $"{one!["device"]}" == "curl")!["id"];
        var stranger = await api.SignUp("john@example.org");
        Assert.Equal("tenants.session-unknown", await stranger.Refused($"me/sessions/{id}/revoke", null, 404));
        Assert.Equal("tenants.session-unknown", await stranger.Refused("me/sessions/x/revoke", null, 404));
        await jane.Post($"me/sessions/{id}/revoke", null, 204);
        await jane.Post($"me/sessions/{id}/revoke", null, 204);
        await curl.Get("me", 401);
        await phone.Get("me");
        Assert.Equal("1", $"{(await jane.Post("me/sessions/revoke-others"))!["revoked"]}");
        await phone.Get("me", 401);
        await jane.Get("me");
    }

    [Fact]
    public async Task Signing_in_again_in_the_same_browser_ends_the_session_that_was_there()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUp("jane@example.org");
        var elsewhere = api.Person("curl/8.5.0");
        await elsewhere.Post("auth/sign-in", SignIn);
        var (first, id) = (jane.Secret, $"{(await jane.Get("me/sessions"))!["data"]!.AsArray().Single(one => (bool)one!["isCurrent"]!)!["id"]}");

        // A wrong password takes nothing away.
        await jane.Refused("auth/sign-in", new { email = "jane@example.org", password = "not the password" }, 401);
        await jane.Get("me");
        await jane.Post("auth/sign-in", SignIn);
        Assert.NotEqual(first, jane.Secret);
        Assert.Equal(1, await api.Scalar("SELECT count(*) FROM tenants.sessions WHERE revoked_at IS NOT NULL"));
        Assert.Equal(1, await api.Scalar(
            $"SELECT count(*) FROM audit.events WHERE action = 'tenants.session.revoke' AND subject = '{id}'"));
        var thief = api.Person();
        thief.Secret = first;
        await thief.Get("me", 401);
        await elsewhere.Get("me");

        // Somebody else at the same browser, by signing up.
        var second = jane.Secret;
        await jane.Post("auth/sign-up", new { email = "john@example.org", password = SignInApi.Password }, 201);
        Assert.Equal("john@example.org", $"{(await jane.Get("me"))!["email"]}");
        thief.Secret = second;
        await thief.Get("me", 401);
        Assert.Equal(2, await api.Scalar("SELECT count(*) FROM tenants.sessions WHERE revoked_at IS NOT NULL"));

        // A fresh proof keeps the session, under another secret.
        await jane.Post("auth/step-up", new { password = SignInApi.Password });
        await jane.Get("me");
        Assert.Equal(2, await api.Scalar("SELECT count(*) FROM tenants.sessions WHERE revoked_at IS NOT NULL"));
    }

    [Fact]
    public async Task A_session_ends_by_signing_out_by_idleness_and_by_age()
    {
        await using var api = await SignInApi.Start(
            await postgres.CreateDatabase(), tenants => (tenants.SessionDays, tenants.SessionIdleHours) = (3, 24));
        var jane = await api.SignUp("jane@example.org");
        var secret = jane.Secret;
        await jane.Post("auth/sign-out", null, 204);
        Assert.Null(jane.Secret);
        jane.Secret = secret;
        await jane.Get("me", 401);

        await jane.Post("auth/sign-in", SignIn);
        Assert.NotEqual(secret, jane.Secret);
        for (var i = 0; i < 3; i++)
        {
            api.Time.Advance(TimeSpan.FromHours(23));
            await jane.Get("me");
        }
        api.Time.Advance(TimeSpan.FromHours(3));
        await jane.Get("me", 401);
        await jane.Post("auth/sign-in", SignIn);
        api.Time.Advance(TimeSpan.FromHours(24));
        await jane.Get("me", 401);
    }

    [Fact]
    public async Task When_a_session_was_seen_is_written_once_a_minute_at_most()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUp("jane@example.org");
        var begun = await Seen(api);
        api.Time.Advance(TimeSpan.FromSeconds(59));
        await jane.Get("me");
        Assert.Equal(begun, await Seen(api));
        api.Time.Advance(TimeSpan.FromSeconds(1));
        await jane.Get("me");
        Assert.Equal(begun + 60, await Seen(api));
    }

    [Fact]
    public async Task What_changes_something_is_taken_from_pages_of_this_origin_alone()
    {
        await using var api = await SignInApi.Start(
            await postgres.CreateDatabase(), tenants => tenants.PublicUrl = new Uri("https://sluice.example.org/"));
        var jane = await api.SignUp("jane@example.org");
        foreach (var (name, value) in new[]
        {
            ("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"),
        })
        {
            await jane.Send(HttpMethod.Post, "me/sessions/revoke-others", null, 401, (name, value));
            await jane.Send(HttpMethod.Get, "me", null, 200, (name, value));
        }
        await jane.Send(HttpMethod.Post, "me/sessions/revoke-others", null, 200, ("Origin", api.Url.GetLeftPart(UriPartial.Authority)));
        await jane.Send(HttpMethod.Post, "me/sessions/revoke-others", null, 200, ("Origin", "https://sluice.example.org"));
        await jane.Send(HttpMethod.Post, "me/sessions/revoke-others", null, 200, ("Sec-Fetch-Site", "same-origin"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("%00%0d%0aSet-Cookie")]
    public async Task A_cookie_that_is_none_of_ours_opens_nothing(string secret)
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var nobody = api.Person();
        nobody.Secret = secret;
        Assert.Equal("auth.token-invalid", $"{(await nobody.Get("me", 401))!["code"]}");
    }

    [Fact]
    public async Task A_user_holds_fifty_sessions_and_the_one_used_least_makes_room()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase(), tenants => tenants.HashingQueueMax = 100);
        var first = await api.SignUpProved("jane@example.org");
        var signIn = api.Get<ISignIn>();
        for (var i = 0; i < 50; i++)
        {
            api.Time.Advance(TimeSpan.FromMinutes(1));
            var begun = await signIn.WithPassword(
                "jane@example.org", SignInApi.Password, new Sluice.Kernel.Origin(null, "192.0.2.0/24", null));
            Assert.True(begun.Ok);
        }
        await first.Get("me", 401);
        Assert.Equal(50, await api.Scalar("SELECT count(*) FROM tenants.sessions WHERE revoked_at IS NULL"));
    }

    [Fact]
    public async Task What_is_over_is_removed_and_nothing_else()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved("jane@example.org");
        await api.Person().Refused("auth/sign-in", new { email = "jane@example.org", password = "not the password" }, 401);
        var sweep = api.Get<Sweep>();
        var counts = "SELECT (SELECT count(*) FROM tenants.attempts) * 10000 "
            + "+ (SELECT count(*) FROM tenants.links) * 100 + (SELECT count(*) FROM tenants.sessions)";
        var before = await api.Scalar(counts);
        await sweep.Once(CancellationToken.None);
        Assert.Equal(before, await api.Scalar(counts));
        await jane.Get("me");
        api.Time.Advance(TimeSpan.FromHours(26));
        await sweep.Once(CancellationToken.None);
        Assert.Equal(1, await api.Scalar(counts));
        api.Time.Advance(TimeSpan.FromDays(91));
        await sweep.Once(CancellationToken.None);
        Assert.Equal(0, await api.Scalar(counts));
    }

    [Fact]
    public async Task A_link_of_the_console_signs_in_once_and_only_the_console_makes_one()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved("jane@example.org");
        Assert.True(Sluice.Kernel.WireId.TryParse<Sluice.Kernel.UserId>($"{(await jane.Get("me"))!["id"]}", out var id));
        var users = api.Get<IUsers>();
        var other = new Sluice.Kernel.Actor(Sluice.Kernel.ActorKind.Operator, "tok", null);
        Assert.Equal("access.denied", (await users.SignInLink(id, other)).Refusal?.Code);
        var token = (await users.SignInLink(id, Sluice.Kernel.Actor.System)).Value.Split("/sign-in/link?token=")[1];
        var visitor = api.Person();
        await visitor.Post("auth/link", new { token });
        Assert.Equal("jane@example.org", $"{(await visitor.Get("me"))!["email"]}");
        Assert.Equal("auth.link-ended", await api.Person().Refused("auth/link", new { token }, 410));
    }

    private static Task<long> Seen(SignInApi api) =>
        api.Scalar("SELECT extract(epoch FROM last_seen_at)::bigint FROM tenants.sessions");
}
