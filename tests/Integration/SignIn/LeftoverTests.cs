using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Organizations;
using Xunit;

namespace Sluice.Integration.SignIn;

/// <summary>Whoever begins an account under somebody else's address has nothing in it once that one proves the address.</summary>
public sealed class LeftoverTests(PostgresCluster postgres)
{
    private const string Jane = "jane@example.org";

    [Fact]
    public async Task An_unproved_account_makes_no_token()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var person = await api.SignUp(Jane);
        Assert.Equal("access.unverified", await person.Refused("tokens", new { kind = "personal", name = "mine" }, 403));
    }

    [Fact]
    public async Task A_reset_by_mail_of_an_unproved_account_ends_its_tokens_and_shuts_its_organization()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var squatter = await api.SignUp(Jane);
        var user = WireId.TryParse<UserId>($"{(await squatter.Send(HttpMethod.Get, "me", null, 200))!["id"]}", out var id) ? id : default;
        // As it was while such an account could make some: the reset ends them all the same.
        var actor = (await api.Get<Memberships>().Person(user, CancellationToken.None))! with { IsVerified = true };
        var first = Assert.Single(actor.Memberships).Key;
        var tokens = api.Get<ITenants>();
        var personal = (await tokens.CreateToken(new(null, "mine", null, TokenKind.Personal), actor)).Value.Secret;
        var organizations = (await tokens.CreateToken(new(first, "ours", null), actor)).Value.Secret;
        Assert.NotNull(await tokens.Authenticate(personal));
        Assert.NotNull(await tokens.Authenticate(organizations));

        await api.Person().Post("auth/reset", new { email = Jane }, 202);
        await api.Person().Post(
            "auth/reset/confirm",
            new { token = await api.LinkTo(Jane, MailTemplates.Reset), password = "a wholly other password" }, 204);

        Assert.Null(await tokens.Authenticate(personal));
        Assert.Null(await tokens.Authenticate(organizations));
        var now = (await api.Get<Memberships>().Person(user, CancellationToken.None))!;
        Assert.NotEqual(first, Assert.Single(now.Memberships).Key);
        Assert.Equal(OrganizationRole.Owner, Assert.Single(now.Memberships).Value);
        Assert.NotNull((await tokens.FindOrganization(first))!.SuspendedAt);
    }
}
