using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;
using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Alerts;
using Sluice.Host.Portal.Apps;
using Sluice.Host.Portal.Assets;
using Sluice.Host.Portal.Data;
using Sluice.Host.Portal.Docs;
using Sluice.Host.Portal.Docs.Reference;
using Sluice.Host.Portal.Entry;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Home;
using Sluice.Host.Portal.Inbox;
using Sluice.Host.Portal.Operator;
using Sluice.Host.Portal.Organizations;
using Sluice.Host.Portal.Tokens;
using Sluice.Host.Portal.Trail;
using Sluice.Host.Portal.Web;
using Sluice.Host.Portal.Webhooks;
using Sluice.Platform;

namespace Sluice.Host.Portal;

/// <summary>The pages: components drawn on the server, behind one gate of headers and forms.</summary>
internal static class PortalModule
{
    public static IServiceCollection AddPortal(this IServiceCollection services)
    {
        // A name in another script is that many characters, not that many escapes.
        services.AddSingleton(HtmlEncoder.Create(UnicodeRanges.All));
        services.AddSingleton<PortalAssets>();
        services.AddSingleton<DocsBook>();
        services.AddSingleton<ApiReference>();
        services.AddSingleton<WebHeaders>();
        services.AddSingleton<Toasts>();
        services.AddSingleton<Viewers>();
        services.AddSingleton<PageContexts>();
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = PortalCookies.Form;
            options.Cookie.Path = "/";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.FormFieldName = "form-token";
            options.SuppressXFrameOptionsHeader = true;
        });
        return services;
    }

    /// <summary>The framework's keys: in the database, sealed by the key ring.</summary>
    public static void AddProtection(this IServiceCollection services)
    {
        services.AddSingleton<ProtectionKeys>();
        services.AddHostedService(provider => provider.GetRequiredService<ProtectionKeys>());
        services.AddDataProtection().SetApplicationName("sluice");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            new ConfigureOptions<KeyManagementOptions>(options =>
            {
                options.XmlRepository = provider.GetRequiredService<ProtectionKeys>();
                options.XmlEncryptor = new ProtectionSeal(provider.GetRequiredService<ISecretBox>());
            }));
    }

    /// <summary>The gate before the portal's routes. Comes after routing.</summary>
    public static void UsePortal(this WebApplication app)
    {
        // Marks every cookie as for TLS alone. The framework's antiforgery would refuse to work where TLS ends at a proxy.
        app.UseCookiePolicy(new CookiePolicyOptions { Secure = CookieSecurePolicy.Always });
        app.UseMiddleware<PortalGate>();
    }

    public static void MapPortal(this IEndpointRouteBuilder app)
    {
        var portal = app.MapGroup("").WithMetadata(new PortalRoute(), new RefusalWriter(ErrorPages.Refused));
        portal.MapHome();
        portal.MapDocs();
        portal.MapReference();
        portal.MapEntry();
        portal.MapAccount();
        portal.MapOrganizationPages();
        portal.MapApps();
        portal.MapDataPages();
        portal.MapTrail();
        portal.MapTokens();
        portal.MapWebhookPages();
        portal.MapAlerts();
        portal.MapInbox();
        portal.MapOperatorPages();
        portal.MapJobPages();
        portal.MapMailPages();
        portal.MapSettings();
    }

    /// <summary>Answers a person with a page where a program gets problem details; false where it is none.</summary>
    public static async Task<bool> AnswerPerson(HttpContext http)
    {
        if (!ErrorPages.WantsPage(http) || http.RequestServices.GetService<PageContexts>() is null) return false;
        await ErrorPages.OfStatus(http).ExecuteAsync(http);
        return true;
    }
}
