using System.Text.Json.Nodes;
using Npgsql;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Integration.Permissions;

/// <summary>
/// Every route that names a thing, tried with another tenant's ids as every role: nothing is shown, nothing changes.
/// </summary>
public sealed class IsolationTests(PostgresCluster postgres) : IAsyncLifetime
{
    // What belongs to no tenant.
    private static readonly string[] Public = ["name", "job", "queue", "schedule", "fact", "mail"];

    // A link that was stolen says that it is for another address.
    private static readonly Dictionary<string, int> Otherwise = new(StringComparer.Ordinal)
    {
        ["POST /api/v1/invitations/accept"] = 409,
    };

    private AccessHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await AccessHost.Start(await postgres.CreateDatabase());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task No_role_of_one_tenant_reaches_anything_of_another()
    {
        var victim = await Place.Make(_host);
        var own = await Place.Make(_host);
        var roles = await Attackers(own);
        var before = await Everything();
        List<string> wrong = [];
        var tried = 0;
        foreach (var route in _host.Routes)
        {
            foreach (var (ask, ids) in Mixtures(route, victim, own))
            {
                foreach (var (name, sign) in roles)
                {
                    using var request = ids.Request(route, ask);
                    sign(request);
                    using var answer = await _host.Http.SendAsync(request);
                    tried++;
                    var text = await answer.Content.ReadAsStringAsync();
                    var what = $"{route.Name} → {request.Method} {request.RequestUri} {ask.Body} as {name}: {(int)answer.StatusCode}";
                    // Forms ask for their own token before they look at anything.
                    var unread = !route.IsApi && route.Verb == "POST" && (int)answer.StatusCode is 400 or 415;
                    if (!unread && (int)answer.StatusCode is not (403 or 404) && (int)answer.StatusCode != Otherwise.GetValueOrDefault(route.Name))
                        wrong.Add($"{what}, expected 403 or 404");
                    if (text.Contains(victim.Mark, StringComparison.Ordinal)) wrong.Add($"{what} shows what is not his: {text}");
                    var after = await Everything();
                    if (after != before) wrong.Add($"{what} changed something: {Difference(before, after)}");
                    before = after;
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(tried > 300, $"{tried} requests are too few to mean anything");
    }

    [Fact]
    public async Task Lists_show_nothing_of_another_tenant()
    {
        var victim = await Place.Make(_host);
        var own = await Place.Make(_host);
        List<string> wrong = [];
        var tried = 0;
        foreach (var route in _host.Routes.Where(one => one.Verb == "GET" && one.IsApi))
        {
            foreach (var query in new[] { "", $"?organization={victim.Organization}", $"?app={victim.Ids["app"]}", $"?key={victim.Ids["key"]}" })
            {
                foreach (var (name, sign) in await Attackers(own))
                {
                    using var request = own.Request(route, new Ask(Query: query));
                    sign(request);
                    using var answer = await _host.Http.SendAsync(request);
                    tried++;
                    if ((await answer.Content.ReadAsStringAsync()).Contains(victim.Mark, StringComparison.Ordinal))
                        wrong.Add($"{request.RequestUri} as {name} shows what is not his");
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(tried > 100);
    }

    // All ids of the victim, and each of them alone among one's own.
    private static IEnumerable<(Ask Ask, Mixture Ids)> Mixtures(AccessRoute route, Place victim, Place own)
    {
        foreach (var ask in Ask.Of(route) ?? [])
        {
            var names = victim.Ids.Keys.Where(name => !Public.Contains(name, StringComparer.Ordinal)
                && (route.Pattern + ask.Query + ask.Body).Contains($"{{{name}}}", StringComparison.Ordinal)).ToList();
            if (names.Count == 0) continue;
            yield return (ask, new Mixture(victim, victim, names));
            if (names.Count > 1)
                foreach (var name in names) yield return (ask, new Mixture(own, victim, [name]));
        }
    }

    private static async Task<List<(string Name, Action<HttpRequestMessage> Sign)>> Attackers(Place own)
    {
        List<(string, Action<HttpRequestMessage>)> all = [];
        foreach (var role in Enum.GetValues<OrganizationRole>())
        {
            var person = await own.Member(role);
            all.Add(($"{role} elsewhere", request => Place.As(request, person)));
        }
        var stranger = await own.Person();
        var unverified = await own.Person(verified: false);
        var personal = await own.TokenOf(await own.Member(OrganizationRole.Owner));
        all.Add(("stranger", request => Place.As(request, stranger)));
        all.Add(("unverified", request => Place.As(request, unverified)));
        all.Add(("owner's token elsewhere", request => Place.As(request, personal)));
        all.Add(("another organization's token", request => Place.As(request, own.OwnToken)));
        return all;
    }

    // A print of every row of the rooms that belong to tenants; when a token was used is no change.
    private async Task<string> Everything()
    {
        var source = _host.Get<NpgsqlDataSource>();
        List<string> tables = [];
        await using (var list = source.CreateCommand("""
            SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables
            WHERE table_schema IN ('tenants', 'keys', 'catalog', 'audit', 'notices') AND table_type = 'BASE TABLE'
                AND table_name NOT IN ('attempts', 'checkpoints') ORDER BY 1
            """))
        await using (var reader = await list.ExecuteReaderAsync())
            while (await reader.ReadAsync()) tables.Add(reader.GetString(0));
        var sql = string.Join(" UNION ALL ", tables.Select(table =>
            $"SELECT '{table} ' || count(*) || ' ' || coalesce(md5(string_agg(t, ',' ORDER BY t)), '') "
            + $"FROM (SELECT (to_jsonb(x) - 'last_used_at')::text AS t FROM {table} x) rows"));
        await using var command = source.CreateCommand(sql);
        await using var prints = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await prints.ReadAsync()) lines.Add(prints.GetString(0));
        return string.Join('\n', lines);
    }

    private static string Difference(string before, string after) =>
        string.Join(", ", after.Split('\n').Except(before.Split('\n'), StringComparer.Ordinal));

    /// <summary>Some ids of the victim among those of a place.</summary>
    private sealed record Mixture(Place Own, Place Victim, IReadOnlyList<string> Stolen)
    {
        public HttpRequestMessage Request(AccessRoute route, Ask ask)
        {
            foreach (var name in Stolen)
            {
                ask = ask with
                {
                    Body = ask.Body?.Replace($"{{{name}}}", Victim.Ids[name], StringComparison.Ordinal),
                    Query = ask.Query.Replace($"{{{name}}}", Victim.Ids[name], StringComparison.Ordinal),
                };
                route = route with
                {
                    Pattern = route.Pattern.Replace($"{{{name}}}", Victim.Ids[name], StringComparison.Ordinal),
                };
            }
            return Own.Request(route, ask);
        }
    }
}
