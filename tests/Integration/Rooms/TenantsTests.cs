using Microsoft.Extensions.DependencyInjection;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.Rooms;

public sealed class TenantsTests(PostgresCluster postgres)
{
    [Fact]
    public async Task An_organization_is_created_once_under_its_name()
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        var created = await rooms.Tenants.CreateOrganization("  Acme ", Actor.System);
        Assert.Equal("Acme", created.Value.Name);
        Assert.Equal(created.Value, await rooms.Tenants.FindOrganization(created.Value.Id));
        var again = await rooms.Tenants.CreateOrganization("ACME", Actor.System);
        Assert.Equal(409, again.Refusal?.Status);
        Assert.Equal(1, (await rooms.Get<IAuditTrail>().Verify()).Events);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public async Task A_name_that_is_none_is_refused(string name)
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        Assert.Equal("api.field-invalid", (await rooms.Tenants.CreateOrganization(name, Actor.System)).Refusal?.Code);
        // Half a surrogate pair is no text.
        Assert.Equal(
            "api.field-invalid", (await rooms.Tenants.CreateOrganization("a" + (char)0xD800, Actor.System)).Refusal?.Code);
        Assert.Equal(
            "api.field-invalid", (await rooms.Tenants.CreateOrganization(new string('a', 101), Actor.System)).Refusal?.Code);
    }

    [Fact]
    public async Task A_token_opens_its_own_organization_only()
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        var mine = (await rooms.Tenants.CreateOrganization("Mine", Actor.System)).Value;
        var other = (await rooms.Tenants.CreateOrganization("Other", Actor.System)).Value;
        var token = (await rooms.Tenants.CreateToken(new(mine.Id, "ci", null), Actor.System)).Value;

        var actor = await rooms.Tenants.Authenticate(token.Secret);
        Assert.NotNull(actor);
        Assert.False(actor.IsOperator);
        Assert.Equal([mine], await rooms.Tenants.Organizations(actor));
        Assert.Equal(2, (await rooms.Tenants.Organizations(Actor.System)).Count);
        Assert.Equal(404, (await rooms.Tenants.CreateToken(new(other.Id, "x", null), actor)).Refusal?.Status);
        Assert.Equal(403, (await rooms.Tenants.CreateToken(new(null, "x", null), actor)).Refusal?.Status);
        Assert.Equal(403, (await rooms.Tenants.CreateOrganization("X", actor)).Refusal?.Status);
    }

    [Fact]
    public async Task A_token_ends_when_revoked_or_expired_and_its_secret_is_nowhere()
    {
        var time = new ManualTime();
        await using var rooms = new RoomsHost(
            await postgres.CreateDatabase(), services => services.AddSingleton<TimeProvider>(time));
        var operators = (await rooms.Tenants.CreateToken(new(null, "ops", null), Actor.System)).Value;
        var brief = (await rooms.Tenants.CreateToken(new(null, "brief", time.GetUtcNow().AddMinutes(5)), Actor.System)).Value;
        Assert.True((await rooms.Tenants.Authenticate(operators.Secret))?.IsOperator);
        Assert.True((await rooms.Tenants.Authenticate(brief.Secret))?.IsOperator);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Null(await rooms.Tenants.Authenticate(brief.Secret));
        Assert.True((await rooms.Tenants.RevokeToken(operators.Id, Actor.System)).Ok);
        Assert.Null(await rooms.Tenants.Authenticate(operators.Secret));
        Assert.Null(await rooms.Tenants.Authenticate(KeyText.New(KeyTextKind.Access)));
        Assert.Equal(0, await rooms.Scalar($"""
            SELECT count(*) FROM tenants.tokens t, audit.events e
            WHERE t::text LIKE '%{operators.Secret[7..]}%' OR e::text LIKE '%{operators.Secret[7..]}%'
            """));
    }

    [Fact]
    public async Task A_unit_of_work_that_is_not_committed_leaves_nothing()
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        await using (var work = await rooms.Units.Begin())
        {
            var created = (await rooms.Tenants.CreateOrganization("Gone", Actor.System, work)).Value;
            Assert.NotNull(await rooms.Tenants.FindOrganization(created.Id, work));
            Assert.Null(await rooms.Tenants.FindOrganization(created.Id));
        }
        Assert.Empty(await rooms.Tenants.Organizations(Actor.System));
        Assert.Equal(new AuditProof(0, null), await rooms.Get<IAuditTrail>().Verify());
    }
}
