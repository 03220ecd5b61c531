using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Catalog.Inside.Routes;

/// <summary>GET /services/{name}: a disabled service exists for operators only.</summary>
internal static class GetService
{
    public static async Task<IResult> Handle(string name, HttpContext http, ICatalog catalog, CancellationToken ct)
    {
        var all = Http.ActorOf(http).May(Permission.ServicesRead);
        return await catalog.FindService(name, ct) is { } service && (all || service.Enabled)
            ? Results.Json(ServiceView.Of(service, all), Http.Json)
            : Http.Problem(Refusal.NotFound(
                "catalog.service-unknown", "There is no such service: GET /api/v1/services lists them."));
    }
}
