using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Web;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Entry;

/// <summary>
/// To identity providers and back. What a journey is, the browser keeps sealed; every path that is led on to is looked at
/// when it leaves and again when it comes back.
/// </summary>
internal static class ProviderRoutes
{
    private const string Journey = "__Host-sluice-journey";
    private static readonly TimeSpan JourneyKept = TimeSpan.FromMinutes(10);

    public static void MapProviders(this RouteGroupBuilder portal)
    {
        portal.MapGet("/sign-in/with/{provider}", Leave).Anonymous("signing in is for who is not signed in");
        portal.MapGet("/sign-in/with/{provider}/return", Return)
            .Anonymous("the journey that this browser began is what opens it");
        portal.MapGet("/sign-in/known", Known).Anonymous("what this browser keeps of its journey is what is shown");
        portal.MapLogins();
    }

    private static async Task<IResult> Leave(HttpContext http, string provider, IProviders providers, CancellationToken ct)
    {
        // Another site's link or redirect signs nobody in: whoever wants to presses the button here.
        if (http.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site") return Pages.Done(http, "/sign-in");
        var departure = await providers.Depart(
            provider, One(http, "ticket"), Local(One(http, "next")), ActorOf(http), Platform.Http.OriginOf(http), ct);
        if (!departure.Ok) return Refused(http, departure.Refusal);
        http.Response.Cookies.Append(Journey, departure.Value.Kept, PortalCookies.Options(JourneyKept));
        http.Response.Headers.CacheControl = "no-store";
        // The one place that a browser is sent away from here, to an address that the settings and discovery name.
        http.Response.Headers.Location = departure.Value.Url.AbsoluteUri;
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }

    private static async Task<IResult> Return(HttpContext http, string provider, IProviders providers, CancellationToken ct)
    {
        http.Request.Cookies.TryGetValue(Journey, out var kept);
        var answer = new ProviderAnswer(One(http, "code"), One(http, "state"), One(http, "iss"), One(http, "error"));
        var arrival = await providers.Arrive(provider, answer, kept, ActorOf(http), Platform.Http.OriginOf(http), ct);
        // What somebody else made up must not end the journey that this browser is on.
        if (arrival.Ok || arrival.Refusal.Code != "auth.provider-state")
            http.Response.Cookies.Delete(Journey, PortalCookies.Options(null));
        return arrival.Ok ? Lead(http, arrival.Value) : Refused(http, arrival.Refusal);
    }

    private static IResult Lead(HttpContext http, ProviderArrival arrival)
    {
        var next = Local(arrival.Next) ?? "";
        if (arrival.Session is { } session) return SignIn.Begin(http, session, next);
        if (arrival.SecondFactor is { } ticket)
        {
            Tickets.Write(http, ticket);
            return Pages.Done(http, next.Length > 0 ? $"/sign-in/code?next={Uri.EscapeDataString(next)}" : "/sign-in/code");
        }
        if (arrival.Pending is { } pending)
        {
            PendingLogins.Write(http, pending);
            return Pages.Done(http, "/sign-in/known");
        }
        return Pages.Done(
            http, next.Length > 0 ? next : "/account/security", $"You can sign in with {arrival.Provider.Label} from now on.");
    }

    private static IResult Known(HttpContext http) => PendingLogins.Read(http) is { } pending
        ? Pages.Show<KnownAddressPage>(
            (nameof(KnownAddressPage.Email), pending.Email), (nameof(KnownAddressPage.Label), pending.Label))
        : Pages.Done(http, "/sign-in");

    private static IResult Refused(HttpContext http, Refusal refusal) =>
        ErrorPages.WayOut(http, refusal, "/account/security") ?? Pages.Show<ProviderFailedPage>(
            refusal.Status, (nameof(ProviderFailedPage.Code), refusal.Code), (nameof(ProviderFailedPage.Why), refusal.Message),
            (nameof(ProviderFailedPage.Request), http.TraceIdentifier));

    private static Actor? ActorOf(HttpContext http) =>
        Actor.From(http.User) is { User: not null } ? Platform.Http.ActorOf(http) : null;

    // What stands there twice has no meaning that both sides would agree on.
    private static string? One(HttpContext http, string name) =>
        http.Request.Query[name] is { Count: 1 } values ? values[0] : null;

    private static string? Local(string? path) => LocalPath.IsLocal(path) ? path : null;
}

/// <summary>What waits to be linked, sealed by the room, in a cookie for as long as it is good.</summary>
internal static class PendingLogins
{
    private const string Cookie = "__Host-sluice-login";
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(15);

    public static void Write(HttpContext http, PendingLogin pending) =>
        http.Response.Cookies.Append(Cookie, pending.Kept, PortalCookies.Options(Kept));

    public static PendingLogin? Read(HttpContext http) => http.Request.Cookies.TryGetValue(Cookie, out var kept)
        ? http.RequestServices.GetRequiredService<ILogins>().Pending(kept)
        : null;

    public static void Clear(HttpContext http) => http.Response.Cookies.Delete(Cookie, PortalCookies.Options(null));
}
