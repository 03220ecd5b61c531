using Microsoft.Extensions.DependencyInjection;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Jwt;
using Sluice.Platform.Tenants.Inside.Organizations;
using Xunit;

namespace Sluice.Integration.Rooms.Jwt;

public sealed class RefreshTests(PostgresCluster postgres) : IAsyncLifetime
{
    private TokensApi _api = null!;

    public async ValueTask InitializeAsync() => _api = await TokensApi.Start(postgres);

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task A_refresh_gives_new_tokens_and_the_old_access_token_lasts_to_its_end()
    {
        var first = await _api.Grant(await _api.SignedIn());
        _api.Time.Advance(TimeSpan.FromMinutes(14));
        var (status, body) = await _api.Refresh(first.RefreshToken);
        Assert.Equal(200, status);
        Assert.Equal("Bearer", (string?)body["token_type"]);
        Assert.Equal(900, (int)body["expires_in"]!);
        Assert.NotEqual(first.RefreshToken, (string?)body["refresh_token"]);
        Assert.StartsWith("slc_rt_", (string?)body["refresh_token"], StringComparison.Ordinal);
        Assert.Equal(200, (await _api.Me((string?)body["access_token"])).Status);
        Assert.Equal(200, (await _api.Me(first.AccessToken)).Status);
        _api.Time.Advance(TimeSpan.FromMinutes(2));
        var (late, problem) = await _api.Me(first.AccessToken);
        Assert.Equal((401, "auth.token-expired"), (late, (string?)problem["code"]));
        Assert.Equal(200, (await _api.Me((string?)body["access_token"])).Status);
    }

    [Fact]
    public async Task A_token_that_was_used_before_ends_the_whole_grant()
    {
        var actor = await _api.SignedIn();
        var first = await _api.Grant(actor);
        var other = await _api.Grant(actor);
        var second = (await _api.Refresh(first.RefreshToken)).Body;
        _api.Time.Advance(TimeSpan.FromSeconds(10));
        var (status, body) = await _api.Refresh(first.RefreshToken);
        Assert.Equal((400, "invalid_grant"), (status, (string?)body["error"]));
        // Thief and owner alike, and what either holds of access tokens.
        Assert.Equal(400, (await _api.Refresh((string)second["refresh_token"]!)).Status);
        Assert.Equal(401, (await _api.Me(first.AccessToken)).Status);
        Assert.Equal(401, (await _api.Me((string?)second["access_token"])).Status);
        // Another grant of the same person is another matter.
        Assert.Equal(200, (await _api.Refresh(other.RefreshToken)).Status);
        var mail = Assert.Single(_api.Mails.All);
        Assert.Equal(MailTemplates.TokenReused, mail.Template);
        Assert.Equal(1, await _api.Scalar(
            "SELECT count(*) FROM audit.events WHERE action = 'tenants.grant.revoke' AND after LIKE '%reused%'"));
        // Once told is enough.
        Assert.Equal(400, (await _api.Refresh(first.RefreshToken)).Status);
        Assert.Single(_api.Mails.All);
    }

    [Fact]
    public async Task An_answer_that_was_lost_is_given_again_for_a_few_seconds()
    {
        var first = await _api.Grant(await _api.SignedIn());
        var second = (string)(await _api.Refresh(first.RefreshToken)).Body["refresh_token"]!;
        _api.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(second, (string)(await _api.Refresh(first.RefreshToken)).Body["refresh_token"]!);
        Assert.Equal(200, (await _api.Refresh(second)).Status);
        // Whoever used the successor has it: now the first one is a copy.
        Assert.Equal(400, (await _api.Refresh(first.RefreshToken)).Status);
        Assert.Equal(0, await _api.Scalar("SELECT count(*) FROM tenants.grants WHERE revoked_at IS NULL"));
        Assert.Equal(0, await _api.Scalar("SELECT count(*) FROM tenants.refresh_tokens WHERE successor IS NOT NULL"));
    }

    [Fact]
    public async Task Fifty_refreshes_at_once_give_one_successor()
    {
        var first = await _api.Grant(await _api.SignedIn());
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => _api.Refresh(first.RefreshToken))));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        var successor = Assert.Single(answers.Select(answer => (string)answer.Body["refresh_token"]!).Distinct());
        Assert.Equal(2, await _api.Scalar("SELECT count(*) FROM tenants.refresh_tokens"));
        Assert.Equal(1, await _api.Scalar("SELECT count(*) FROM tenants.grants WHERE revoked_at IS NULL"));
        Assert.Equal(200, (await _api.Refresh(successor)).Status);
    }

    [Fact]
    public async Task Fifty_refreshes_at_once_leave_nothing_valid_where_no_grace_is_given()
    {
        await using var strict = await TokensApi.Start(
            postgres, services => services.Configure<AccessTokensOptions>(options => options.RefreshGraceSeconds = 0));
        var first = await strict.Grant(await strict.SignedIn());
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => strict.Refresh(first.RefreshToken))));
        var given = Assert.Single(answers, answer => answer.Status == 200);
        Assert.Equal(400, (await strict.Refresh((string)given.Body["refresh_token"]!)).Status);
        Assert.Equal(0, await strict.Scalar("SELECT count(*) FROM tenants.grants WHERE revoked_at IS NULL"));
        Assert.Single(strict.Mails.All);
    }

    [Fact]
    public async Task A_chain_used_from_two_sides_at_once_never_leaves_two_that_work()
    {
        var first = await _api.Grant(await _api.SignedIn());
        List<string> seen = [first.RefreshToken];
        var random = new Random(7);
        for (var round = 0; round < 12; round++)
        {
            var tokens = Enumerable.Range(0, 6).Select(_ => seen[random.Next(Math.Max(0, seen.Count - 3), seen.Count)]).ToList();
            var answers = await Task.WhenAll(tokens.Select(token => Task.Run(() => _api.Refresh(token))));
            seen.AddRange(answers.Where(one => one.Status == 200).Select(one => (string)one.Body["refresh_token"]!).Distinct());
            _api.Time.Advance(TimeSpan.FromSeconds(random.Next(4)));
            Assert.InRange(await _api.Scalar("""
                SELECT count(*) FROM tenants.refresh_tokens r JOIN tenants.grants g ON g.id = r.grant_id
                WHERE r.used_at IS NULL AND g.revoked_at IS NULL
                """), 0, 1);
        }
    }

    [Fact]
    public async Task A_grant_ends_when_it_is_idle_and_when_it_is_old()
    {
        var actor = await _api.SignedIn();
        var idle = await _api.Grant(actor);
        var used = await _api.Grant(actor);
        var token = used.RefreshToken;
        for (var week = 0; week < 5; week++)
        {
            _api.Time.Advance(TimeSpan.FromDays(6));
            var (status, body) = await _api.Refresh(token);
            Assert.Equal(week < 4 ? 200 : 400, status);
            if (status == 200) token = (string)body["refresh_token"]!;
            if (week == 1) Assert.Equal(400, (await _api.Refresh(idle.RefreshToken)).Status);
        }
    }

    [Fact]
    public async Task A_refresh_narrows_the_access_token_and_never_widens_the_grant()
    {
        var actor = await _api.SignedIn();
        var first = await _api.Grant(actor, "selfRead membershipsRead");
        Assert.Equal("membershipsRead selfRead", first.Scope);
        var (status, body) = await _api.Refresh(first.RefreshToken, "membershipsRead");
        Assert.Equal((200, "membershipsRead"), (status, (string?)body["scope"]));
        var narrow = (string)body["access_token"]!;
        Assert.Equal("access.denied", (string?)(await _api.Me(narrow)).Body["code"]);
        Assert.Equal(200, (await _api.Send(HttpMethod.Get, "/api/v1/organizations", narrow)).Status);
        var (wide, refused) = await _api.Refresh((string)body["refresh_token"]!, "selfRead appsWrite");
        Assert.Equal((400, "invalid_scope"), (wide, (string?)refused["error"]));
        // A request that was refused has not used the token up, and the grant still holds both.
        Assert.Equal("membershipsRead selfRead", (string?)(await _api.Refresh((string)body["refresh_token"]!)).Body["scope"]);
    }

    [Fact]
    public async Task What_a_grant_came_from_takes_it_along()
    {
        foreach (var end in new[]
        {
            "UPDATE tenants.sessions SET revoked_at = now()", "UPDATE tenants.users SET suspended_at = now()",
            "UPDATE tenants.sessions SET expires_at = '2000-01-01'", "DELETE FROM tenants.sessions",
            "UPDATE tenants.grants SET revoked_at = now()",
        })
        {
            var tokens = await _api.Grant(await _api.SignedIn());
            Assert.Equal(200, (await _api.Me(tokens.AccessToken)).Status);
            await _api.Execute(end);
            Assert.Equal(401, (await _api.Me(tokens.AccessToken)).Status);
            Assert.Equal(400, (await _api.Refresh(tokens.RefreshToken)).Status);
        }
    }

    [Theory]
    [InlineData("UPDATE tenants.organizations SET suspended_at = now()")]
    [InlineData("UPDATE tenants.organizations SET delete_at = now() + interval '7 days'")]
    [InlineData("UPDATE tenants.organizations SET deleted_at = now()")]
    public async Task A_grant_that_is_bound_to_an_organization_ends_where_the_organization_is_shut(string shut)
    {
        var actor = await _api.SignedIn();
        var tenants = _api.Get<ITenants>();
        var organization = (await tenants.CreateOrganization("Acme", actor)).Value.Id;
        actor = (await _api.Get<Memberships>().Person(actor.User!.Value, default))! with { Session = actor.Session };
        var personal = (await tenants.CreateToken(new(organization, "bound", null, TokenKind.Personal), actor)).Value.Secret;
        var tokens = (await _api.Desk.ForToken(personal, null, new Origin(null, null, null), default)).Value;
        var path = $"/api/v1/organizations/{organization}";
        Assert.Equal(200, (await _api.Send(HttpMethod.Get, path, tokens.AccessToken)).Status);
        await _api.Execute(shut);
        Assert.Equal(401, (await _api.Send(HttpMethod.Get, path, tokens.AccessToken)).Status);
        Assert.Equal(400, (await _api.Refresh(tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task A_person_holds_so_many_grants_and_the_one_used_least_makes_room()
    {
        var actor = await _api.SignedIn();
        var first = await _api.Grant(actor);
        for (var i = 1; i < GrantBook.GrantsMax; i++)
        {
            _api.Time.Advance(TimeSpan.FromSeconds(1));
            await _api.Grant(actor);
        }
        Assert.Equal(200, (await _api.Me(first.AccessToken)).Status);
        _api.Time.Advance(TimeSpan.FromSeconds(1));
        await _api.Grant(actor);
        Assert.Equal(401, (await _api.Me(first.AccessToken)).Status);
        Assert.Equal(GrantBook.GrantsMax, (await _api.Get<IGrants>().List(actor)).Count);
        Assert.Equal(1, await _api.Scalar("SELECT count(*) FROM audit.events WHERE action = 'tenants.grant.revoke'"));
        // A token of the same person has room of its own.
        var personal = (await _api.Get<ITenants>().CreateToken(
            new(null, "narrow", null, TokenKind.Personal, [Permission.SelfRead]), actor)).Value.Secret;
        Assert.True((await _api.Desk.ForToken(personal, null, new Origin(null, null, null), default)).Ok);
        Assert.Equal(GrantBook.GrantsMax + 1, (await _api.Get<IGrants>().List(actor)).Count);
        for (var i = GrantBook.GrantsMax + 1; i < GrantBook.LatelyMax; i++) await _api.Grant(actor);
        Assert.Equal("auth.grants-many", (await _api.Desk.ForSession(actor, null, default)).Refusal?.Code);
        _api.Time.Advance(TimeSpan.FromMinutes(61));
        await _api.Grant(actor);
    }

    [Fact]
    public async Task A_person_lists_and_ends_what_it_gave_and_nobody_elses()
    {
        var (actor, stranger) = (await _api.SignedIn(), await _api.SignedIn());
        var tokens = await _api.Grant(actor, "selfRead");
        var grant = Assert.Single(await _api.Get<IGrants>().List(actor));
        Assert.Equal(["selfRead"], grant.Scopes);
        Assert.Empty(await _api.Get<IGrants>().List(stranger));
        Assert.Equal("tenants.grant-unknown", (await _api.Get<IGrants>().Revoke(grant.Id, stranger)).Refusal?.Code);
        // A token ends no grants: that takes the session.
        var (status, body) = await _api.Send(HttpMethod.Post, $"/api/v1/me/grants/{grant.Id}/revoke", tokens.AccessToken);
        Assert.Equal((403, "access.denied"), (status, (string?)body["code"]));
        Assert.True((await _api.Get<IGrants>().Revoke(grant.Id, actor)).Ok);
        Assert.True((await _api.Get<IGrants>().Revoke(grant.Id, actor)).Ok);
        Assert.Equal(401, (await _api.Me(tokens.AccessToken)).Status);
        Assert.Empty(await _api.Get<IGrants>().List(actor));
    }

    [Fact]
    public async Task What_came_of_a_session_counts_as_fresh_for_a_quarter_of_an_hour_however_often_it_is_refreshed()
    {
        var tokens = await _api.Grant(await _api.SignedIn("operator"));
        Assert.Equal(404, (await Suspend(tokens.AccessToken)).Status);
        _api.Time.Advance(TimeSpan.FromMinutes(16));
        var (status, body) = await _api.Refresh(tokens.RefreshToken);
        Assert.Equal(200, status);
        var (later, problem) = await Suspend((string)body["access_token"]!);
        Assert.Equal((403, "access.step-up"), (later, (string?)problem["code"]));

        Task<(int Status, System.Text.Json.Nodes.JsonNode Body)> Suspend(string token) => _api.Send(
            HttpMethod.Post, $"/api/v1/users/{WireId.New<UserId>()}/suspend", token);
    }

    [Fact]
    public async Task A_session_that_has_not_proved_itself_lately_gives_no_grant()
    {
        var actor = await _api.SignedIn();
        Assert.Equal("access.step-up", (await _api.Desk.ForSession(actor with { IsFresh = false }, null, default)).Refusal?.Code);
        Assert.Equal("auth.grant-session", (await _api.Desk.ForSession(actor with { Session = null }, null, default)).Refusal?.Code);
        Assert.Equal("auth.grant-session", (await _api.Desk.ForSession(null, null, default)).Refusal?.Code);
        var token = actor with { Token = WireId.New<TokenId>() };
        Assert.Equal("auth.grant-session", (await _api.Desk.ForSession(token, null, default)).Refusal?.Code);
    }
}
