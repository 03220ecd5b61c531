using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.Rooms.Providers;

/// <summary>Logins of an account: linked and taken away from inside, and used to prove again who one is.</summary>
public sealed class LoginTests(PostgresCluster postgres) : IAsyncLifetime
{
    private ProviderSite _site = null!;

    public async ValueTask InitializeAsync() => _site = await ProviderSite.Start(postgres, null, ("OTHER:STEPUP", "false"));

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Fact]
    public async Task Who_comes_back_to_a_browser_with_a_session_ends_that_one()
    {
        var jane = await _site.ActorOf(await _site.Travel("jane", "jane@example.org"));
        var left = await _site.Depart();
        var answer = new ProviderAnswer(_site.Provider.Enter(left.Url, "john", "john@example.org"), left.State, null, null);
        var from = ProviderSite.From with { Session = jane.Session };
        var john = await _site.ActorOf(await _site.Providers.Arrive("standin", answer, left.Kept, jane, from));
        Assert.NotEqual(jane.User, john.User);
        Assert.Equal(1, await _site.Api.Scalar(
            $"SELECT count(*) FROM tenants.sessions WHERE id = '{jane.Session!.Value.Value}' AND revoked_at IS NOT NULL"));
        Assert.Equal(1, await _site.Api.Scalar("SELECT count(*) FROM tenants.sessions WHERE revoked_at IS NOT NULL"));
    }

    [Fact]
    public async Task Operators_see_with_whom_somebody_signs_in_and_nobody_else_does()
    {
        var jane = await _site.ActorOf(await _site.Travel("jane", "jane@example.org"));
        var users = _site.Api.Get<IUsers>();
        var label = _site.Providers.All.Single(one => one.Name == "standin").Label;
        var ways = (await users.WaysIn(jane.User!.Value, Actor.System)).Value;
        Assert.Equal((false, false, 0, 0), (ways.Password, ways.Totp, ways.Passkeys, ways.Wallets));
        Assert.Equal([label], ways.Providers);
        Assert.Equal("access.denied", (await users.WaysIn(jane.User.Value, jane)).Refusal?.Code);
        Assert.Equal(404, (await users.WaysIn(WireId.New<UserId>(), Actor.System)).Refusal?.Status);
    }

    [Fact]
    public async Task A_login_is_linked_from_inside_and_lets_its_owner_in()
    {
        var owner = await _site.Api.SignedIn();
        var arrival = await _site.Travel(ProviderAim.Link, owner, "jane");
        Assert.True(arrival.Ok, arrival.Refusal?.Message);
        Assert.Equal((ProviderAim.Link, "/account/security"), (arrival.Value.Aim, arrival.Value.Next));
        Assert.Null(arrival.Value.Session);
        Assert.Equal(owner.User, (await _site.ActorOf(await _site.Travel("jane"))).User);
        // Twice is no fault, and tells nobody again.
        Assert.True((await _site.Travel(ProviderAim.Link, owner, "jane")).Ok);
        Assert.Single(_site.Api.Mails.All);
        Assert.Equal(1, await _site.Api.Scalar("SELECT count(*) FROM audit.events WHERE action = 'tenants.login.link'"));
        // To another account it is not linked.
        Assert.Equal("auth.login-taken", (await _site.Travel(ProviderAim.Link, await _site.Api.SignedIn(), "jane")).Refusal?.Code);
    }

    [Fact]
    public async Task Linking_takes_a_fresh_session_and_a_page_of_its_own()
    {
        var owner = await _site.Api.SignedIn();
        var other = await _site.Api.SignedIn();
        Assert.Equal("access.step-up", _site.Providers.Way("standin", ProviderAim.Link, null, owner with { IsFresh = false }).Refusal?.Code);
        Assert.Equal("access.denied", _site.Providers.Way("standin", ProviderAim.Link, null, owner with { Token = new TokenId(Guid.CreateVersion7()) }).Refusal?.Code);
        var ticket = ProviderSite.TicketOf(_site.Providers.Way("standin", ProviderAim.Link, null, owner).Value);
        foreach (var (provider, text, actor) in new[]
        {
            ("standin", ticket, other), ("standin", ticket, null), ("other", ticket, owner), ("standin", ticket + "x", owner), ("standin", "", owner),
        }) Assert.Equal("auth.provider-way", (await _site.Providers.Depart(provider, text, null, actor, new Origin(null, null, null))).Refusal?.Code);
        // Back in another session, or in none.
        var left = await _site.Depart(ticket: ticket, actor: owner);
        var code = _site.Provider.Enter(left.Url, "jane");
        Assert.Equal("auth.provider-state", (await _site.Arrive(left, code, other)).Refusal?.Code);
        Assert.Equal("auth.provider-state", (await _site.Arrive(left, code)).Refusal?.Code);
        Assert.True((await _site.Arrive(left, code, owner)).Ok);
        _site.Api.Time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal("auth.provider-way", (await _site.Providers.Depart("standin", ticket, null, owner, new Origin(null, null, null))).Refusal?.Code);
    }

    [Fact]
    public async Task The_last_way_in_is_never_taken_away()
    {
        var jane = await _site.ActorOf(await _site.Travel("jane"));
        var only = Assert.Single(await _site.Logins.List(jane));
        Assert.Equal("auth.last-means", (await _site.Logins.Unlink(only.Id, jane)).Refusal?.Code);
        // What the settings do not name lets nobody in.
        await _site.Api.Execute(
            "INSERT INTO tenants.logins (provider, subject, user_id, created_at) VALUES ('https://gone.example', 's', $1, now())",
            jane.User!.Value.Value);
        Assert.Equal("auth.last-means", (await _site.Logins.Unlink(only.Id, jane)).Refusal?.Code);
        var gone = Assert.Single(await _site.Logins.List(jane), login => login.Provider is null);
        Assert.Equal("https://gone.example", gone.Label);
        Assert.True((await _site.Logins.Unlink(gone.Id, jane)).Ok);
        // A second one will do.
        var left = await _site.Depart(ProviderAim.Link, jane, "other");
        Assert.True((await _site.Arrive(left, _site.Other.Enter(left.Url, "jane"), jane)).Ok);
        Assert.Equal("access.step-up", (await _site.Logins.Unlink(only.Id, jane with { IsFresh = false })).Refusal?.Code);
        Assert.Equal("auth.login-unknown", (await _site.Logins.Unlink(only.Id, await _site.Api.SignedIn())).Refusal?.Code);
        Assert.True((await _site.Logins.Unlink(only.Id, jane)).Ok);
        Assert.Equal("auth.login-unknown", (await _site.Logins.Unlink(only.Id, jane)).Refusal?.Code);
        // Its address has an account: it does not come back by itself.
        Assert.NotNull((await _site.Travel("jane")).Value.Pending);
        Assert.Equal("removed", _site.Api.Mails.All[^1].Values["change"]);
        // A password is a way in too.
        await _site.Api.Execute("UPDATE tenants.users SET password_hash = 'hash' WHERE id = $1", jane.User.Value.Value);
        Assert.True((await _site.Logins.Unlink(Assert.Single(await _site.Logins.List(jane)).Id, jane)).Ok);
    }

    [Fact]
    public async Task Two_logins_taken_away_at_once_leave_one()
    {
        var jane = await _site.ActorOf(await _site.Travel("jane"));
        var left = await _site.Depart(ProviderAim.Link, jane, "other");
        Assert.True((await _site.Arrive(left, _site.Other.Enter(left.Url, "jane"), jane)).Ok);
        var logins = await _site.Logins.List(jane);
        var results = await Task.WhenAll(logins.Select(login => Task.Run(() => _site.Logins.Unlink(login.Id, jane))));
        Assert.Single(results, one => one.Ok);
        Assert.Single(await _site.Logins.List(jane));
    }

    [Fact]
    public async Task A_provider_that_asks_again_makes_the_session_fresh()
    {
        var jane = await _site.ActorOf(await _site.Travel("jane"));
        _site.Api.Time.Advance(TimeSpan.FromMinutes(20));
        var left = await _site.Depart(ProviderAim.StepUp, jane with { IsFresh = false });
        Assert.Contains("prompt=login&max_age=0", left.Url.Query, StringComparison.Ordinal);
        var arrival = await _site.Arrive(left, _site.Provider.Enter(left.Url, "jane"), jane);
        var fresh = await _site.ActorOf(arrival);
        Assert.True(fresh.IsFresh);
        Assert.Equal(jane.Session, fresh.Session);
        Assert.Equal(1, await _site.Api.Scalar("SELECT count(*) FROM audit.events WHERE action = 'tenants.session.step-up'"));
    }

    [Fact]
    public async Task A_provider_that_did_not_ask_again_proves_nothing()
    {
        var jane = await _site.ActorOf(await _site.Travel("jane"));
        _site.Api.Time.Advance(TimeSpan.FromMinutes(20));
        var now = _site.Api.Time.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal("auth.provider-proof", (await _site.Travel(ProviderAim.StepUp, jane, "jane", claims => claims["auth_time"] = now - 61)).Refusal?.Code);
        Assert.Equal("auth.provider-proof", (await _site.Travel(ProviderAim.StepUp, jane, "jane", claims => claims.Remove("auth_time"))).Refusal?.Code);
        Assert.Equal("auth.login-other", (await _site.Travel(ProviderAim.StepUp, jane, "somebody else")).Refusal?.Code);
        Assert.Equal("auth.provider-proof", _site.Providers.Way("other", ProviderAim.StepUp, null, jane).Refusal?.Code);
        Assert.Equal(0, await _site.Api.Scalar("SELECT count(*) FROM audit.events WHERE action = 'tenants.session.step-up'"));
    }

    [Fact]
    public async Task The_routes_list_begin_and_end()
    {
        var jane = await _site.ActorOf(await _site.Travel("jane"));
        var cookie = ("Cookie", await _site.Api.Cookie(jane));
        var (status, providers) = await _site.Api.Send(HttpMethod.Get, "/api/v1/auth/providers", null);
        Assert.Equal(200, status);
        Assert.Equal(["other", "standin"], providers["data"]!.AsArray().Select(one => one!["name"]!.ToString()));
        (status, var logins) = await _site.Api.Send(HttpMethod.Get, "/api/v1/me/logins", null, null, cookie);
        Assert.Equal(200, status);
        var login = Assert.Single(logins["data"]!.AsArray())!;
        Assert.StartsWith("lgn_", login["id"]!.ToString(), StringComparison.Ordinal);
        var (begun, way) = await _site.Api.Send(
            HttpMethod.Post, "/api/v1/me/logins", null, Json("""{"provider":"other"}"""), cookie);
        Assert.True(begun == 200, way.ToJsonString());
        Assert.StartsWith("/sign-in/with/other?ticket=", way["path"]!.ToString(), StringComparison.Ordinal);
        var (unknown, _) = await _site.Api.Send(
            HttpMethod.Post, "/api/v1/me/logins", null, Json("""{"provider":"nobody"}"""), cookie);
        Assert.Equal(404, unknown);
        var (last, why) = await _site.Api.Send(HttpMethod.Delete, $"/api/v1/me/logins/{login["id"]}", null, null, cookie);
        Assert.Equal((409, "auth.last-means"), (last, why["code"]!.ToString()));
        var (none, _) = await _site.Api.Send(HttpMethod.Delete, "/api/v1/me/logins/lgn_x", null, null, cookie);
        Assert.Equal(404, none);
        Assert.Equal(401, (await _site.Api.Send(HttpMethod.Get, "/api/v1/me/logins", null)).Status);
    }

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
