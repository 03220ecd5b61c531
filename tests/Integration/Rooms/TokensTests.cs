using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.Rooms;

public sealed class TokensTests(PostgresCluster postgres) : IAsyncLifetime
{
    private TenantRooms _rooms = null!;
    private OrganizationId _org;
    private Actor _owner = null!;

    private ITokens Tokens => _rooms.Host.Get<ITokens>();

    public async ValueTask InitializeAsync()
    {
        _rooms = await TenantRooms.Open(postgres);
        (_org, _owner) = await _rooms.Organization();
    }

    public ValueTask DisposeAsync() => _rooms.DisposeAsync();

    [Fact]
    public async Task A_personal_token_has_what_its_person_has_now_and_no_hand_in_his_security()
    {
        var issued = (await Personal(_owner)).Value;
        var actor = (await _rooms.Tenants.Authenticate(issued.Secret))!;
        Assert.Equal((ActorKind.User, _owner.User, issued.Id), (actor.Kind, actor.User, actor.Token!.Value));
        Assert.True(actor.May(Permission.OwnersWrite, _org));
        Assert.False(actor.May(Permission.SelfSecurity));
        Assert.Equal("access.denied", (await Personal(actor)).Refusal?.Code);
        Assert.Equal("access.denied", (await _rooms.Tenants.RevokeToken(issued.Id, actor)).Refusal?.Code);

        var second = await _rooms.Member(_org, OrganizationRole.Owner);
        Assert.True((await _rooms.Members.ChangeRole(_org, _owner.User!.Value, OrganizationRole.Viewer, second)).Ok);
        actor = (await _rooms.Tenants.Authenticate(issued.Secret))!;
        Assert.Equal(OrganizationRole.Viewer, actor.RoleIn(_org));
        await Execute($"UPDATE tenants.users SET suspended_at = now() WHERE id = '{_owner.User!.Value.Value}'");
        Assert.Null(await _rooms.Tenants.Authenticate(issued.Secret));
    }

    [Fact]
    public async Task A_token_bound_to_one_organization_has_nothing_elsewhere()
    {
        var other = (await _rooms.Tenants.CreateOrganization("Second", _owner)).Value.Id;
        var owner = await _rooms.Now(_owner);
        var issued = (await Personal(owner, other)).Value;
        var actor = (await _rooms.Tenants.Authenticate(issued.Secret))!;
        Assert.True(actor.May(Permission.AppsWrite, other));
        Assert.False(actor.MaySee(_org));
        Assert.Equal([other], (await _rooms.Tenants.Organizations(actor)).Select(one => one.Id));
        var stranger = (await _rooms.Organization("Other")).Id;
        Assert.Equal("tenants.organization-unknown", (await Personal(owner, stranger)).Refusal?.Code);
        Assert.True((await _rooms.Tenants.SuspendOrganization(other, null, Actor.System)).Ok);
        Assert.Null(await _rooms.Tenants.Authenticate(issued.Secret));
    }

    [Fact]
    public async Task Scopes_narrow_and_are_not_widened_by_tokens()
    {
        var narrow = (await _rooms.Tenants.CreateToken(
            new(_org, "ci", null, Scopes: [Permission.TokensWrite, Permission.UsageRead]), _owner)).Value;
        var actor = (await _rooms.Tenants.Authenticate(narrow.Secret))!;
        Assert.True(actor.May(Permission.UsageRead, _org));
        Assert.False(actor.May(Permission.AppsRead, _org));
        Assert.False(actor.May(Permission.CatalogRead));
        foreach (var scopes in new Permission[]?[] { null, [Permission.AppsRead], [Permission.UsageRead, Permission.KeysWrite] })
            Assert.Equal("tenants.scopes-wide", (await _rooms.Tenants.CreateToken(new(_org, "x", null, Scopes: scopes), actor)).Refusal?.Code);
        Assert.True((await _rooms.Tenants.CreateToken(new(_org, "x", null, Scopes: [Permission.UsageRead]), actor)).Ok);
        foreach (var scopes in new Permission[][] { [], [Permission.OwnersWrite], [Permission.UsersRead], [Permission.SelfRead] })
            Assert.Equal("tenants.scopes-invalid", (await _rooms.Tenants.CreateToken(new(_org, "x", null, Scopes: scopes), _owner)).Refusal?.Code);
    }

    [Fact]
    public async Task Tokens_are_listed_to_those_who_may_see_them_and_end_by_their_hand()
    {
        var personal = (await Personal(_owner)).Value;
        var own = (await _rooms.Tenants.CreateToken(new(_org, "ci", null), _owner)).Value;
        var operators = (await _rooms.Tenants.CreateToken(new(null, "ops", null), Actor.System)).Value;
        var viewer = await _rooms.Member(_org, OrganizationRole.Viewer);
        var admin = await _rooms.Member(_org, OrganizationRole.Admin);

        Assert.Equal(personal.Id, Assert.Single((await Tokens.List(TokenKind.Personal, null, _owner)).Value).Id);
        Assert.Empty((await Tokens.List(TokenKind.Personal, null, admin)).Value);
        var listed = Assert.Single((await Tokens.List(TokenKind.Organization, _org, admin)).Value);
        Assert.Equal((own.Id, "ci", (DateTimeOffset?)null), (listed.Id, listed.Name, listed.LastUsedAt));
        Assert.Equal("access.denied", (await Tokens.List(TokenKind.Organization, _org, viewer)).Refusal?.Code);
        Assert.Equal("access.denied", (await Tokens.List(TokenKind.Operator, null, _owner)).Refusal?.Code);
        Assert.Equal(operators.Id, Assert.Single((await Tokens.List(TokenKind.Operator, null, Actor.System)).Value).Id);

        Assert.Equal("tenants.token-unknown", (await _rooms.Tenants.RevokeToken(personal.Id, admin)).Refusal?.Code);
        Assert.Equal("tenants.token-unknown", (await _rooms.Tenants.RevokeToken(operators.Id, _owner)).Refusal?.Code);
        Assert.Equal("access.denied", (await _rooms.Tenants.RevokeToken(own.Id, viewer)).Refusal?.Code);
        Assert.True((await _rooms.Tenants.RevokeToken(own.Id, admin)).Ok);
        Assert.True((await _rooms.Tenants.RevokeToken(personal.Id, _owner)).Ok);
        Assert.Null(await _rooms.Tenants.Authenticate(personal.Secret));
        Assert.Empty((await Tokens.List(TokenKind.Organization, _org, admin)).Value);
    }

    [Fact]
    public async Task The_last_use_is_noted_once_a_minute()
    {
        var issued = (await _rooms.Tenants.CreateToken(new(_org, "ci", null), _owner)).Value;
        await _rooms.Tenants.Authenticate(issued.Secret);
        var first = await LastUse();
        Assert.Equal(_rooms.Time.GetUtcNow(), first);
        _rooms.Time.Advance(TimeSpan.FromSeconds(59));
        await _rooms.Tenants.Authenticate(issued.Secret);
        Assert.Equal(first, await LastUse());
        _rooms.Time.Advance(TimeSpan.FromSeconds(1));
        await _rooms.Tenants.Authenticate(issued.Secret);
        Assert.Equal(_rooms.Time.GetUtcNow(), await LastUse());
    }

    private async Task<DateTimeOffset?> LastUse() =>
        Assert.Single((await Tokens.List(TokenKind.Organization, _org, _owner)).Value).LastUsedAt;

    private Task<Result<IssuedToken>> Personal(Actor actor, OrganizationId? organization = null) =>
        _rooms.Tenants.CreateToken(new(organization, "mine", null, TokenKind.Personal), actor);

    private async Task Execute(string sql)
    {
        await using var command = _rooms.Host.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
