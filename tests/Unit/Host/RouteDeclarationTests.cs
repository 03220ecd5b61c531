using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sluice.Kernel;
using Sluice.Platform;
using Xunit;

namespace Sluice.Unit.Host;

/// <summary>Every endpoint of the host says who may use it: a permission, or why it is open to everybody.</summary>
public sealed class RouteDeclarationTests(BuiltHost host) : IClassFixture<BuiltHost>
{
    [Fact]
    public void Every_endpoint_declares_who_may_use_it()
    {
        var endpoints = Endpoints(host.App);
        Assert.Contains(endpoints, one => Name(one).Contains("/api/v1/organizations", StringComparison.Ordinal));
        Assert.Contains(endpoints, one => Name(one).Contains("/health/live", StringComparison.Ordinal));
        Repository.Empty(endpoints.SelectMany(Faults));
    }

    [Fact]
    public async Task An_endpoint_that_declares_nothing_or_says_no_reason_is_caught()
    {
        await using var planted = WebApplication.CreateSlimBuilder().Build();
        planted.MapGet("/planted", () => "open");
        planted.MapGet("/reasonless", () => "open").Anonymous(" ");
        planted.MapGet("/both", () => "open").Anonymous("why").Requires(Permission.AppsRead);
        planted.MapGet("/declared", () => "closed").Requires(Permission.AppsRead);
        var faults = Endpoints(planted).SelectMany(Faults).ToList();
        Assert.Equal(3, faults.Count);
        Assert.Contains(faults, fault => fault.Contains("/planted declares no permission", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("/reasonless", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("/both", StringComparison.Ordinal));
    }

    [Fact]
    public void The_page_of_the_api_names_the_permissions_that_its_routes_declare()
    {
        var declared = Endpoints(host.App).OfType<RouteEndpoint>().ToLookup(
            Name, one => one.Metadata.GetMetadata<RequiresAttribute>()?.Permissions ?? [], StringComparer.Ordinal);
        var rows = Repository.Find(Repository.Text("docs/api.md"), @"^(?<name>\| `(GET|POST|PUT|PATCH|DELETE) /.*)$").ToList();
        Assert.True(rows.Count > 40);
        Repository.Empty(rows.SelectMany(row => Compare(row, declared)));
        Assert.NotEmpty(Compare("| `GET /planted` | nothing | `appsRead` |", declared));
        Assert.NotEmpty(Compare("| `GET /apps/{app}` | one app | `appsWrite` |", declared));
    }

    private static IEnumerable<string> Compare(string row, ILookup<string, IReadOnlyList<Permission>> declared)
    {
        var cells = row.Split(" | ");
        SortedSet<string> needed = new(StringComparer.Ordinal);
        foreach (var route in Repository.Find(cells[0], @"`(?<name>(GET|POST|PUT|PATCH|DELETE) /[^`?]*)"))
        {
            var name = route.Replace(" /", " /api/v1/", StringComparison.Ordinal);
            if (!declared.Contains(name)) yield return $"docs/api.md tells of {route}, which is no route";
            needed.UnionWith(declared[name].SelectMany(one => one).Select(Access.Name));
        }
        var told = Repository.Find(cells[^1], @"`(?<name>\w+)`").Order(StringComparer.Ordinal).ToList();
        if (!needed.SequenceEqual(told))
            yield return $"docs/api.md says {string.Join(", ", told)} of {cells[0]}, which needs {string.Join(", ", needed)}";
    }

    private static List<Endpoint> Endpoints(WebApplication app) =>
        [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints)];

    private static IEnumerable<string> Faults(Endpoint endpoint)
    {
        var requires = endpoint.Metadata.GetMetadata<RequiresAttribute>();
        var anonymous = endpoint.Metadata.GetMetadata<AnonymousAttribute>();
        if (requires is null && anonymous is null)
            yield return $"{Name(endpoint)} declares no permission: .Requires(Permission.…), or .Anonymous(\"why\")";
        if (requires is not null && anonymous is not null)
            yield return $"{Name(endpoint)} requires a permission and is open to everybody: it is one of the two";
        if (requires is { Permissions.Count: 0 }) yield return $"{Name(endpoint)} requires no permission of all";
        if (anonymous is not null && string.IsNullOrWhiteSpace(anonymous.Why))
            yield return $"{Name(endpoint)} is open to everybody and does not say why";
    }

    private static string Name(Endpoint endpoint)
    {
        var verbs = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"];
        return $"{string.Join(',', verbs)} {(endpoint as RouteEndpoint)?.RoutePattern.RawText?.TrimEnd('/') ?? endpoint.DisplayName}";
    }
}
