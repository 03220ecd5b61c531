using Microsoft.AspNetCore.Antiforgery;
using Microsoft.Extensions.Options;
using Sluice.Host.Portal.Assets;
using Sluice.Host.Portal.Web;
using Sluice.Kernel;
using Sluice.Platform.Notices;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal;

/// <summary>Gathers what a page knows of its request.</summary>
internal sealed class PageContexts(
    PortalAssets assets, IAntiforgery antiforgery, Toasts toasts, WebHeaders headers, TimeProvider time, Viewers viewers)
{
    /// <param name="http">The request.</param>
    /// <param name="status">
    /// What it is answered with: where something failed, or there was too much, the database is not asked again.
    /// </param>
    public async Task<PageContext> Of(HttpContext http, int status)
    {
        var request = http.Request;
        var asks = status is < 500 and not StatusCodes.Status429TooManyRequests;
        var (viewer, zone) = asks ? await viewers.Of(http) : (null, TimeZoneInfo.Utc);
        return new PageContext
        {
            Nonce = WebHeaders.NonceOf(http),
            Path = LocalPath.Or(request.PathBase + request.Path.ToUriComponent() + request.QueryString.ToUriComponent(), "/"),
            Assets = assets,
            FormToken = () =>
            {
                var tokens = antiforgery.GetAndStoreTokens(http);
                return new FormToken(tokens.FormFieldName, tokens.RequestToken!);
            },
            Now = time.GetUtcNow(),
            Brand = new Brand(viewers.InstallationName),
            Theme = PortalCookies.ThemeOf(http),
            IsSafe = headers.KeepsCookies(http),
            Toast = asks ? toasts.Take(http) : null,
            Viewer = viewer,
            Zone = zone,
            MailClosed = viewers.MailClosed,
            Offered = viewers.Offered,
        };
    }
}

/// <summary>Who looks at a page, with the names that its frame shows.</summary>
internal sealed class Viewers(IUsers users, ITenants tenants, IInbox inbox, IMailGate gate, IOptions<TenantsOptions> options)
{
    public string? MailClosed => gate.Closed?.Message;

    public string InstallationName => options.Value.InstallationName;

    /// <summary>Without an open sign-up, the way in is an invitation's link or the operator.</summary>
    public PublicPages Offered => options.Value.SignUp == SignUpPolicy.Open
        ? PublicPages.SignIn | PublicPages.SignUp
        : PublicPages.SignIn;

    public async Task<(Viewer? Viewer, TimeZoneInfo Zone)> Of(HttpContext http)
    {
        if (Actor.From(http.User) is not { User: { } id } actor || await users.Find(id, http.RequestAborted) is not { } user)
            return (null, TimeZoneInfo.Utc);
        List<ViewerOrganization> organizations = [];
        foreach (var (organization, role) in actor.Memberships)
            if (await tenants.FindOrganization(organization, http.RequestAborted) is { } found)
                organizations.Add(new ViewerOrganization(organization.ToString(), found.Name, role.ToString()));
        organizations.Sort((a, b) => string.Compare(a.Name, b.Name, StringComparison.OrdinalIgnoreCase));
        var viewer = new Viewer(actor, user.Name, user.Email)
        {
            IsVerified = user.IsVerified,
            Unread = await inbox.Unread(actor, http.RequestAborted),
            Organizations = organizations,
            Current = await CurrentOf(http, actor, organizations),
        };
        return (viewer, ZoneOf(user.TimeZone));
    }

    // Operators look at organizations of others too.
    private async Task<ViewerOrganization?> CurrentOf(HttpContext http, Actor actor, List<ViewerOrganization> own)
    {
        if (http.Request.RouteValues["org"] is not string org || !WireId.TryParse<OrganizationId>(org, out var id)) return null;
        if (own.Find(one => one.Id == org) is { } found) return found;
        return actor.MaySee(id) && await tenants.FindOrganization(id, http.RequestAborted) is { } other
            ? new ViewerOrganization(org, other.Name, "")
            : null;
    }

    private static TimeZoneInfo ZoneOf(string name) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.Utc;
}
