using System.ComponentModel;
using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Providers.Routes;

/// <summary><c>GET /auth/providers</c></summary>
internal static class GetProviders
{
    public static IResult Handle(IProviders providers) => Http.All(providers.All);
}

/// <summary><c>GET /me/logins</c>, <c>POST /me/logins</c> {provider}, <c>DELETE /me/logins/{login}</c></summary>
internal static class MyLogins
{
    private const int NameMax = 30;

    public static async Task<IResult> List(HttpContext http, ILogins logins, CancellationToken ct) =>
        Http.All(await logins.List(Http.ActorOf(http), ct));

    public static async Task<IResult> Begin(HttpContext http, IProviders providers, CancellationToken ct)
    {
        var name = await Bodies.Read(http, at => at.Text("provider", NameMax, required: true) ?? "", ct);
        return name.Ok
            ? Http.Answer(
                providers.Way(name.Value, ProviderAim.Link, null, Http.ActorOf(http)),
                path => Results.Json(new LoginWay(path), Http.Json))
            : Http.Problem(name.Refusal);
    }

    public static async Task<IResult> Unlink(HttpContext http, string login, ILogins logins, CancellationToken ct) =>
        WireId.TryParse<LoginId>(login, out var id)
            ? Http.Answer(await logins.Unlink(id, Http.ActorOf(http), ct), _ => Results.NoContent())
            : Http.Problem(ProviderRefusals.NoLogin);
}

/// <summary>The body that begins to link.</summary>
internal sealed record LoginBody([property: Description("The name of one of GET /auth/providers.")] string Provider);

/// <summary>Where the browser goes; works for its session alone, for fifteen minutes.</summary>
internal sealed record LoginWay(string Path);
