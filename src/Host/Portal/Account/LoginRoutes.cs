using Sluice.Host.Portal.Entry;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Account;

/// <summary>Linked sign-ins of one's own account.</summary>
internal static class LoginRoutes
{
    public const string Pending = "/account/logins/pending";
    public const string Security = "/account/security";

    public static void MapLogins(this RouteGroupBuilder portal)
    {
        portal.MapGet("/account/logins/link", Offer).Requires(Permission.SelfSecurity, fresh: true);
        portal.MapFormPage<LinkPending>(Pending).Requires(Permission.SelfSecurity, fresh: true);
        portal.MapForm("/account/logins/{login}/remove", Remove).Requires(Permission.SelfSecurity);
    }

    /// <summary>The providers that prove again who somebody is, with the path for each.</summary>
    public static async Task<IReadOnlyList<ProviderWay>> Proofs(HttpContext http, string next)
    {
        var providers = http.RequestServices.GetRequiredService<IProviders>();
        if (!providers.All.Any(one => one.Proves)) return [];
        var actor = Platform.Http.ActorOf(http);
        var mine = await http.RequestServices.GetRequiredService<ILogins>().List(actor, http.RequestAborted);
        return
        [
            .. from provider in providers.All
               where provider.Proves && mine.Any(login => login.Provider == provider.Name)
               let way = providers.Way(provider.Name, ProviderAim.StepUp, next, actor)
               where way.Ok
               select new ProviderWay(provider.Label, way.Value),
        ];
    }

    // A page in between: a link from elsewhere shows it, and begins nothing.
    private static async Task<IResult> Offer(HttpContext http, IProviders providers, ILogins logins, CancellationToken ct)
    {
        var actor = Platform.Http.ActorOf(http);
        var mine = await logins.List(actor, ct);
        return Pages.Show<LinkLoginPage>((nameof(LinkLoginPage.Ways), (IReadOnlyList<ProviderWay>)
        [
            .. from provider in providers.All
               where mine.All(login => login.Provider != provider.Name)
               let way = providers.Way(provider.Name, ProviderAim.Link, Security, actor)
               where way.Ok
               select new ProviderWay(provider.Label, way.Value),
        ]));
    }

    private static async Task<IResult> Remove(HttpContext http, FormState form) =>
        WireId.TryParse<LoginId>(http.Request.RouteValues["login"] as string, out var login)
            ? AccountRoutes.Told(http, Security, "It lets you in no more.", await http.RequestServices
                .GetRequiredService<ILogins>().Unlink(login, Platform.Http.ActorOf(http), http.RequestAborted))
            : Results.NotFound();
}

/// <param name="Label">What the provider is called.</param>
/// <param name="Path">Where the journey begins.</param>
public sealed record ProviderWay(string Label, string Path);

/// <summary><c>/account/logins/pending</c>: links what a sign-in brought whose address has this account.</summary>
internal sealed class LinkPending : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(
        PendingLogins.Read(http) is { } pending
            ? Pages.Ask(
                form, $"Link {pending.Label}?",
                $"You sign in with {pending.Label} as {pending.Email} from then on, besides what you use now.",
                $"Link {pending.Label}", LoginRoutes.Security, harmless: true)
            : ErrorPages.Of(
                StatusCodes.Status410Gone, "Nothing waits to be linked",
                "It waited too long, or is linked already. Begin again on the page of your account."));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (PendingLogins.Read(http) is not { } pending) return await Show(http, form);
        var linked = await http.RequestServices.GetRequiredService<ILogins>()
            .LinkPending(pending.Kept, Platform.Http.ActorOf(http), http.RequestAborted);
        if (!linked.Ok) return await Show(http, form.Wrong(linked.Refusal));
        PendingLogins.Clear(http);
        return Pages.Done(http, LoginRoutes.Security, $"You can sign in with {pending.Label} from now on.");
    }
}
