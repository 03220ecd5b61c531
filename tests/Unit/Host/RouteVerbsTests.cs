using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sluice.Host.Cli;
using Sluice.Kernel;
using Sluice.Platform;
using Xunit;

namespace Sluice.Unit.Host;

/// <summary>What the API does, the command line does.</summary>
public sealed class RouteVerbsTests(BuiltHost host) : IClassFixture<BuiltHost>
{
    private const string Prefix = "/api/v1/";

    [Fact]
    public void Every_route_has_a_verb_unless_it_takes_a_session_in_a_browser()
    {
        var routes = Routes().ToDictionary(one => one.Name, one => one.Endpoint, StringComparer.Ordinal);
        Assert.True(routes.Count > 90);
        Repository.Empty(
            routes.Where(one => RouteVerbs.Find(one.Key.Split(' ')[0], one.Key.Split(' ')[1]) is null && !TakesASession(one.Value))
                .Select(one => $"{one.Key} has no verb"));
        Repository.Empty(RouteVerbs.Routes.Where(name => !routes.ContainsKey(name)).Select(name => $"{name} is no route"));
    }

    [Fact]
    public void Every_verb_of_a_route_is_there()
    {
        var verbs = Leaves(CommandLine.Build(), "").ToHashSet(StringComparer.Ordinal);
        Assert.Contains("org member list", verbs);
        Repository.Empty(RouteVerbs.Routes.Select(name => RouteVerbs.Find(name.Split(' ')[0], name.Split(' ')[1])!)
            .Where(verb => !verbs.Contains(verb)).Select(verb => $"there is no 'sluice {verb}'"));
    }

    // Signing in is for browsers, and what is about how one signs in, no token may: the command line has tokens alone.
    private static bool TakesASession(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<AnonymousAttribute>() is not null
        || endpoint.Metadata.GetMetadata<RequiresAttribute>()?.Permissions is [Permission.SelfSecurity];

    private IEnumerable<(string Name, Endpoint Endpoint)> Routes() =>
        from endpoint in ((IEndpointRouteBuilder)host.App).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        let path = "/" + endpoint.RoutePattern.RawText!.Trim('/')
        where path.StartsWith(Prefix, StringComparison.Ordinal)
        from verb in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
        select ($"{verb} {path[(Prefix.Length - 1)..]}", (Endpoint)endpoint);

    internal static IEnumerable<string> Leaves(Command command, string path)
    {
        if (command.Subcommands.Count == 0) yield return path;
        foreach (var one in command.Subcommands)
            foreach (var leaf in Leaves(one, path.Length == 0 ? one.Name : $"{path} {one.Name}")) yield return leaf;
    }
}
