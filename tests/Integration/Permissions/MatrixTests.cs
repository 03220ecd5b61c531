using System.Text.Json.Nodes;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.Permissions;

/// <summary>Every route with every role: allowed or refused as the table of permissions says, over HTTP, on the whole host.</summary>
public sealed class MatrixTests(PostgresCluster postgres) : IAsyncLifetime
{
    private AccessHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await AccessHost.Start(await postgres.CreateDatabase());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Every_route_allows_and_refuses_every_role_as_the_table_says()
    {
        List<string> wrong = [];
        foreach (var route in _host.Routes)
        {
            if (Ask.Of(route) is not { } asks)
            {
                wrong.Add($"{route.Name} has no entry in Ask.Table: say how it is asked");
                continue;
            }
            foreach (var ask in asks)
            {
                foreach (var role in Roles)
                {
                    // What one did must not be in the way of the next.
                    var place = await Place.Make(_host);
                    using var request = place.Request(route, ask);
                    await role.Sign(place, request);
                    using var answer = await _host.Http.SendAsync(request);
                    var expected = Needed(route, ask).Any(role.Has) && !(ask.Verified && role.Name == "unverified");
                    if (await Judge(route, ask, role, expected, answer) is { } fault) wrong.Add(fault);
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Routes_that_want_a_fresh_session_refuse_an_old_one()
    {
        var asked = 0;
        foreach (var route in _host.Routes.Where(one => one.Requires.Fresh && one.IsApi))
        {
            var place = await Place.Make(_host);
            using var request = place.Request(route, Ask.Of(route)![0]);
            Place.As(request, await place.Person("operator"));
            request.Headers.Add(AccessHost.StaleHeader, "1");
            using var answer = await _host.Http.SendAsync(request);
            Assert.Equal((route.Name, 403, "access.step-up"), (route.Name, (int)answer.StatusCode, await Code(answer)));
            asked++;
        }
        Assert.True(asked > 5);
    }

    [Fact]
    public void The_table_of_asks_names_routes_that_are_there() =>
        Assert.Subset(_host.Routes.Select(route => route.Name).ToHashSet(), Ask.Named.ToHashSet());

    [Fact]
    public void A_route_without_an_entry_is_caught()
    {
        Assert.Null(Ask.Of(new AccessRoute("POST", "/api/v1/planted", new(Permission.AppsWrite))));
        Assert.NotNull(Ask.Of(new AccessRoute("GET", "/api/v1/planted", new(Permission.AppsWrite))));
    }

    private static IEnumerable<Permission> Needed(AccessRoute route, Ask ask) =>
        ask.Needs is { } one ? [one] : route.Requires.Permissions;

    private static async Task<string?> Judge(AccessRoute route, Ask ask, Role role, bool expected, HttpResponseMessage answer)
    {
        var status = (int)answer.StatusCode;
        var code = await Code(answer);
        var what = $"{route.Name}{ask.Query} {ask.Body} as {role.Name}: {status} {code}";
        if (!route.IsApi)
        {
            if (status >= 500) return $"{what}, expected no fault";
            // Pages show or send to sign in; forms ask for their own token first.
            var shut = status is 401 or 403 or 404
                || answer.Headers.Location?.ToString().StartsWith("/sign-in", StringComparison.Ordinal) == true;
            if (expected && ask.Also.Contains(status)) return null;
            return shut == expected && route.Verb == "GET" ? $"{what}, expected {(expected ? "the page" : "no page")}" : null;
        }
        if (expected)
            return status is >= 200 and < 300 || (ask.Also.Contains(status) && !IsNo(code))
                || (role.IsScoped && code == "tenants.scopes-wide") ? null : $"{what}, expected to be allowed";
        if (role.Name == "nobody") return status == 401 ? null : $"{what}, expected 401";
        return status == 404 || (status == 403 && code?.StartsWith("access.", StringComparison.Ordinal) == true)
            || (status == 403 && code == "metering.organization-foreign") ? null : $"{what}, expected to be refused";
    }

    private static bool IsNo(string? code) =>
        code == "auth.token-invalid" || code?.StartsWith("access.", StringComparison.Ordinal) == true;

    private static async Task<string?> Code(HttpResponseMessage answer)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json") return null;
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())?["code"]?.GetValue<string>();
    }

    // What each role has is read from the table itself, not asked of an actor.
    private static readonly Role[] Roles =
    [
        new("nobody", (_, _) => Task.CompletedTask, _ => false),
        new("stranger", async (place, request) => Place.As(request, await place.Person()), ForPerson),
        new("unverified", async (place, request) => Place.As(request, await place.Person(verified: false)),
            one => ForPerson(one) && !Access.NeedsVerified(one)),
        .. from role in Enum.GetValues<OrganizationRole>()
           select new Role(
               role.ToString(), async (place, request) => Place.As(request, await place.Member(role)),
               one => Access.Has(role, one) || ForPerson(one)),
        new("owner's token", async (place, request) =>
                Place.As(request, await place.TokenOf(await place.Member(OrganizationRole.Owner))),
            one => one != Permission.SelfSecurity && (Access.Has(OrganizationRole.Owner, one) || ForPerson(one))),
        new("owner's token for apps alone", async (place, request) =>
                Place.As(request, await place.TokenOf(await place.Member(OrganizationRole.Owner), [Permission.AppsRead])),
            one => one == Permission.AppsRead),
        new("organization's token", (place, request) =>
            {
                Place.As(request, place.OwnToken);
                return Task.CompletedTask;
            },
            one => Access.Has(Actor.TokenRole, one) || Access.Has(ActorKind.Organization, one)),
        new("platform viewer", async (place, request) => Place.As(request, await place.Person("viewer")),
            one => Access.Has(PlatformRole.Viewer, one) || Access.HasEverywhere(PlatformRole.Viewer, one) || ForPerson(one)),
        new("platform operator", async (place, request) => Place.As(request, await place.Person("operator")),
            one => Access.Has(PlatformRole.Operator, one) || Access.HasEverywhere(PlatformRole.Operator, one) || ForPerson(one)),
    ];

    private static bool ForPerson(Permission permission) => Access.Has(ActorKind.User, permission);

    private sealed record Role(string Name, Func<Place, HttpRequestMessage, Task> Sign, Func<Permission, bool> Has)
    {
        public bool IsScoped => Name.EndsWith("alone", StringComparison.Ordinal);
    }
}
