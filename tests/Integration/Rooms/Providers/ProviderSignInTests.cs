using Microsoft.AspNetCore.WebUtilities;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Users;
using Xunit;

namespace Sluice.Integration.Rooms.Providers;

/// <summary>Who gets in through a provider, as whom, and who does not.</summary>
public sealed class ProviderSignInTests(PostgresCluster postgres)
{
    [Fact]
    public async Task Who_is_not_known_signs_up_with_a_proved_address_and_is_known_the_next_time()
    {
        await using var site = await ProviderSite.Start(postgres);
        var first = await site.Travel("jane", "Jane@Example.org");
        var jane = await site.ActorOf(first);
        Assert.True(jane.IsVerified && jane.IsFresh);
        Assert.Equal("/console", first.Value.Next);
        var user = (await site.Api.Get<IUsers>().Find(jane.User!.Value))!;
        Assert.Equal(
            ("jane@example.org", "Person jane", false, PlatformRole.None),
            (user.Email, user.Name, user.HasPassword, user.PlatformRole));
        Assert.Equal(OrganizationRole.Owner, Assert.Single(jane.Memberships).Value);
        // The address there may change: the subject is who somebody is.
        var second = await site.ActorOf(await site.Travel("jane", "other@example.org"));
        Assert.Equal(jane.User, second.User);
        Assert.NotEqual(jane.Session, second.Session);
        Assert.Equal(1, await site.Users);
        var login = Assert.Single(await site.Logins.List(second));
        Assert.Equal(("standin", "Standin", "other@example.org"), (login.Provider, login.Label, login.Shown));
        Assert.NotNull(login.UsedAt);
        Assert.Empty(await site.Logins.List(await site.ActorOf(await site.Travel("jane", "joe@example.org", provider: "other")) with { User = null }));
        Assert.Equal(2, await site.Users);
    }

    [Fact]
    public async Task A_journey_asks_for_a_code_with_state_nonce_and_challenge_of_its_own()
    {
        await using var site = await ProviderSite.Start(postgres);
        var (one, two) = (Asked(await site.Depart()), Asked(await site.Depart()));
        Assert.Equal("code", one["response_type"]);
        Assert.Equal("openid email profile", one["scope"]);
        Assert.Equal("https://sluice.example/sign-in/with/standin/return", one["redirect_uri"]);
        // What the discovery document's address has stays.
        Assert.Equal("1", one["tenant"]);
        foreach (var name in new[] { "state", "nonce", "code_challenge" })
        {
            Assert.Equal(43, one[name].Length);
            Assert.NotEqual(one[name], two[name]);
        }
        Assert.False(one.ContainsKey("prompt"));
    }

    [Fact]
    public async Task An_address_that_is_not_verified_signs_nobody_up()
    {
        await using var site = await ProviderSite.Start(postgres);
        foreach (var change in new Action<Dictionary<string, object>>[]
        {
            claims => claims["email_verified"] = false, claims => claims["email_verified"] = "true",
            claims => claims.Remove("email_verified"), claims => claims["email_verified"] = 1, claims => claims["email"] = "no address",
            claims => claims["email"] = new[] { "jane@example.org" },
        }) Assert.Equal("auth.provider-unverified", (await site.Travel("jane", change: change)).Refusal?.Code);
        Assert.Equal(0, await site.Users);
        // Who is known by the subject needs none.
        await site.ActorOf(await site.Travel("jane"));
        await site.ActorOf(await site.Travel("jane", change: claims => claims["email_verified"] = false));
    }

    [Fact]
    public async Task An_address_that_has_an_account_is_not_taken_over_and_linked_from_inside_alone()
    {
        await using var site = await ProviderSite.Start(postgres);
        var owner = await site.Api.SignedIn();
        var email = (await site.Api.Get<IUsers>().Find(owner.User!.Value))!.Email;
        var arrival = await site.Travel("jane", email);
        Assert.True(arrival.Ok);
        Assert.Null(arrival.Value.Session);
        Assert.Null(arrival.Value.SecondFactor);
        var pending = arrival.Value.Pending!;
        Assert.Equal((email, "Standin"), (pending.Email, pending.Label));
        Assert.Equal((1, 1), (await site.Users, await site.Sessions));
        Assert.Empty(await site.Logins.List(owner));

        var stranger = await site.Api.SignedIn();
        Assert.Equal("auth.login-foreign", (await site.Logins.LinkPending(pending.Kept, stranger)).Refusal?.Code);
        Assert.Equal("access.step-up", (await site.Logins.LinkPending(pending.Kept, owner with { IsFresh = false })).Refusal?.Code);
        Assert.Equal("auth.login-ended", (await site.Logins.LinkPending(pending.Kept + "x", owner)).Refusal?.Code);
        Assert.True((await site.Logins.LinkPending(pending.Kept, owner)).Ok);
        Assert.Equal(owner.User, (await site.ActorOf(await site.Travel("jane", email))).User);
        var mail = Assert.Single(site.Api.Mails.All);
        Assert.Equal((email, MailTemplates.LoginChanged, "added", "Standin"),
            (mail.To, mail.Template, mail.Values["change"], mail.Values["provider"]));
    }

    [Fact]
    public async Task What_waits_to_be_linked_waits_a_quarter_of_an_hour()
    {
        await using var site = await ProviderSite.Start(postgres);
        var owner = await site.Api.SignedIn();
        var pending = (await site.Travel("jane", (await site.Api.Get<IUsers>().Find(owner.User!.Value))!.Email)).Value.Pending!;
        Assert.NotNull(site.Logins.Pending(pending.Kept));
        site.Api.Time.Advance(TimeSpan.FromMinutes(15));
        Assert.Null(site.Logins.Pending(pending.Kept));
        Assert.Equal("auth.login-ended", (await site.Logins.LinkPending(pending.Kept, owner)).Refusal?.Code);
    }

    [Fact]
    public async Task The_sign_up_policy_holds_for_providers_too()
    {
        await using (var closed = await ProviderSite.Start(postgres, tenants => tenants.SignUp = SignUpPolicy.Closed))
        {
            Assert.Equal("auth.sign-up-closed", (await closed.Travel("jane")).Refusal?.Code);
            Assert.Equal(0, await closed.Users);
        }
        await using (var provider = await ProviderSite.Start(postgres, null, ("STANDIN:SIGNUP", "false")))
        {
            Assert.Equal("auth.provider-sign-up", (await provider.Travel("jane")).Refusal?.Code);
            await provider.ActorOf(await provider.Travel("jane", provider: "other"));
        }
        await using var invited = await ProviderSite.Start(postgres, tenants => tenants.SignUp = SignUpPolicy.Invitation);
        Assert.Equal("auth.invitation-needed", (await invited.Travel("jane")).Refusal?.Code);
        var owner = await invited.Api.SignedIn();
        var organization = (await invited.Api.Get<ITenants>().CreateOrganization("Acme", owner)).Value.Id;
        owner = (await invited.Api.Get<Sluice.Platform.Tenants.Inside.Organizations.Memberships>().Person(owner.User!.Value, CancellationToken.None))!;
        var invitation = await invited.Api.Get<IInvitations>().Invite(
            organization, "jane@example.org", OrganizationRole.Viewer, owner);
        Assert.True(invitation.Ok, invitation.Refusal?.Message);
        var jane = await invited.ActorOf(await invited.Travel("jane"));
        Assert.True((await invited.Api.Get<IInvitations>().Accept(invitation.Value.Id, jane)).Ok);
    }

    [Fact]
    public async Task The_operators_address_is_proved_in_other_ways()
    {
        await using var site = await ProviderSite.Start(postgres, tenants => tenants.OperatorEmail = "boss@example.org");
        Assert.Equal("auth.provider-reserved", (await site.Travel("jane", "Boss@example.org")).Refusal?.Code);
        await site.Api.Execute("""
            INSERT INTO tenants.users (id, email, name, created_at, platform_role)
            VALUES (gen_random_uuid(), 'viewer@example.org', 'Viewer', now(), 'viewer')
            """);
        Assert.Equal("auth.provider-reserved", (await site.Travel("jane", "viewer@example.org")).Refusal?.Code);
        Assert.Equal(1, await site.Users);
    }

    [Fact]
    public async Task A_second_factor_is_asked_for_after_the_provider_too()
    {
        await using var site = await ProviderSite.Start(postgres);
        var jane = await site.ActorOf(await site.Travel("jane"));
        await site.Api.Execute("UPDATE tenants.users SET totp_secret = 'sealed' WHERE id = $1", jane.User!.Value.Value);
        var begun = await site.Sessions;
        var arrival = await site.Travel("jane");
        Assert.True(arrival.Ok);
        Assert.Null(arrival.Value.Session);
        Assert.NotNull(arrival.Value.SecondFactor);
        Assert.Equal(begun, await site.Sessions);
        Assert.Equal(1, await site.Api.Scalar("SELECT count(*) FROM tenants.links WHERE purpose = 'second-factor' AND way = 'standin'"));
    }

    [Fact]
    public async Task Who_is_suspended_stays_out()
    {
        await using var site = await ProviderSite.Start(postgres);
        await site.ActorOf(await site.Travel("jane"));
        await site.Api.Execute("UPDATE tenants.users SET suspended_at = now()");
        Assert.Equal("auth.user-suspended", (await site.Travel("jane")).Refusal?.Code);
        Assert.Equal(1, await site.Sessions);
    }

    [Fact]
    public async Task What_was_linked_before_the_address_was_proved_opens_nothing_after_a_new_password()
    {
        await using var site = await ProviderSite.Start(postgres);
        // Somebody has an account in the name of an address that is not his, and a login in it.
        var jane = await site.ActorOf(await site.Travel("mallory", "mallory@example.org"));
        await site.Api.Execute("UPDATE tenants.users SET email = 'jane@example.org', email_key = NULL, email_verified_at = NULL");
        var links = site.Api.Get<LinkBook>();
        await using (var work = await site.Api.Get<IUnitsOfWork>().Begin())
        {
            var link = await links.Make(LinkPurpose.Reset, jane.User, "jane@example.org", work, CancellationToken.None);
            await work.Commit();
            Assert.True((await site.Api.Get<IUsers>().Reset(link.Text, "correct horse battery staple", ProviderSite.From)).Ok);
        }
        Assert.Equal(0, await site.Api.Scalar("SELECT count(*) FROM tenants.logins"));
        var back = await site.Travel("mallory", "mallory@example.org");
        Assert.NotEqual(jane.User, (await site.ActorOf(back)).User);
    }

    [Fact]
    public async Task Sixty_failures_from_a_network_make_it_wait()
    {
        await using var site = await ProviderSite.Start(postgres);
        for (var i = 0; i < 60; i++)
        {
            var left = await site.Depart();
            Assert.Equal("auth.provider-failed", (await site.Arrive(left, "invented")).Refusal?.Code);
        }
        Assert.Equal("auth.too-many", (await site.Travel("jane")).Refusal?.Code);
        Assert.Equal(60, site.Provider.TokenRequests);
        site.Api.Time.Advance(TimeSpan.FromMinutes(2));
        await site.ActorOf(await site.Travel("jane"));
    }

    private static Dictionary<string, string> Asked(Leaving left) =>
        QueryHelpers.ParseQuery(left.Url.Query).ToDictionary(one => one.Key, one => one.Value.ToString(), StringComparer.Ordinal);
}
