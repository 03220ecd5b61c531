using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Kit;
using Sluice.Host.Portal.Web;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Tokens;

/// <summary>Access tokens: of an organization, of the operators, and one's own with the programs that were let in.</summary>
internal static class TokenRoutes
{
    public static void MapTokens(this RouteGroupBuilder portal)
    {
        foreach (var (root, read, write) in new[]
        {
            ("/console/{org}/tokens", Permission.TokensRead, Permission.TokensWrite),
            ("/operator/tokens", Permission.OperatorTokensRead, Permission.OperatorTokensWrite),
            ("/account/tokens", Permission.SelfSecurity, Permission.SelfSecurity),
        })
        {
            var tokens = portal.MapGroup(root);
            tokens.MapGet("", List).Requires(read);
            tokens.MapFormPage<NewToken>("/new").Requires(write, fresh: true);
            tokens.MapFormPage<RevokeToken>("/{token}/revoke").Requires(write);
        }
        portal.MapForm("/account/programs/{grant}/end", EndProgram).Requires(Permission.SelfSecurity);
    }

    /// <summary>The token that the address names, among those that it is about; null where there is none.</summary>
    public static async Task<AccessToken?> TokenOf(HttpContext http)
    {
        if (!WireId.TryParse<TokenId>(http.Request.RouteValues["token"] as string, out var id)) return null;
        var place = TokenPlace.Of(http);
        var all = await http.RequestServices.GetRequiredService<ITokens>().List(
            place.Kind, place.Organization, Platform.Http.ActorOf(http), ct: http.RequestAborted);
        return all.Ok ? all.Value.FirstOrDefault(one => one.Id == id) : null;
    }

    private static async Task<IResult> List(HttpContext http, ITokens tokens, IGrants grants, CancellationToken ct)
    {
        var actor = Platform.Http.ActorOf(http);
        var place = TokenPlace.Of(http);
        var all = await tokens.List(place.Kind, place.Organization, actor, ct: ct);
        if (!all.Ok) return ErrorPages.Of(all.Refusal);
        return Pages.Show<TokensPage>(
            (nameof(TokensPage.Place), place), (nameof(TokensPage.Tokens), all.Value),
            (nameof(TokensPage.Programs), place.Kind == TokenKind.Personal ? await grants.List(actor, ct) : []));
    }

    private static async Task<IResult> EndProgram(HttpContext http, FormState form) =>
        WireId.TryParse<TokenId>(http.Request.RouteValues["grant"] as string, out var id)
            ? AccountRoutes.Told(
                http, "/account/tokens", "The program is signed out.",
                await http.RequestServices.GetRequiredService<IGrants>()
                    .Revoke(id, Platform.Http.ActorOf(http), http.RequestAborted))
            : Results.NotFound();
}

/// <summary><c>…/tokens/new</c></summary>
internal sealed class NewToken : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form)
    {
        var place = TokenPlace.Of(http);
        List<Choice> bounds = [];
        if (place.Kind == TokenKind.Personal)
        {
            var tenants = http.RequestServices.GetRequiredService<ITenants>();
            foreach (var id in Platform.Http.ActorOf(http).Memberships.Keys)
                if (await tenants.FindOrganization(id, http.RequestAborted) is { } one)
                    bounds.Add(new(one.Id.ToString(), one.Name));
        }
        return Pages.Show<NewTokenPage>(form, (nameof(NewTokenPage.Place), place), (nameof(NewTokenPage.Bounds), bounds));
    }

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var place = TokenPlace.Of(http);
        if (Read(form, place, http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow()) is not { } request)
            return await Show(http, form);
        var made = await http.RequestServices.GetRequiredService<ITenants>()
            .CreateToken(request, Platform.Http.ActorOf(http), ct: http.RequestAborted);
        if (!made.Ok)
            return ErrorPages.WayOut(http, made.Refusal, $"{place.Root}/new")
                ?? await Show(http, form.Wrong(
                    made.Refusal, ("tenants.scopes-invalid", "scopes"),
                    ("tenants.scopes-wide", "scopes"), ("tenants.expiry-past", "expiry")));
        return Pages.Show<SecretPage>(
            (nameof(SecretPage.Title), made.Value.Name),
            (nameof(SecretPage.Lead), "The token works from now on."),
            (nameof(SecretPage.Label), "Access token"), (nameof(SecretPage.Secret), made.Value.Secret),
            (nameof(SecretPage.Help), "Shown this once: only its hash is kept. Put it where the program finds it now."),
            (nameof(SecretPage.AboveLabel), "Tokens"), (nameof(SecretPage.Back), place.Root),
            (nameof(SecretPage.Example), "curl -H \"Authorization: Bearer $SLUICE_TOKEN\" "
                + $"{PublicAddress.Of(http)}/api/v1/organizations"));
    }

    private static TokenRequest? Read(FormState form, TokenPlace place, DateTimeOffset now)
    {
        var name = form.Trimmed("name");
        if (name.Length == 0) form.Wrong("name", "Say what the token is for.");
        var days = form["expiry"] switch { "7" => 7, "30" => 30, "90" => 90, "365" => 365, "never" => 0, _ => -1 };
        if (days < 0) form.Wrong("expiry", "Choose one of the times.");
        IReadOnlyList<Permission>? scopes = null;
        if (form["reach"] == "chosen")
        {
            scopes = Scopes.Parse(form.Several("scopes"));
            if (scopes is null) form.Wrong("scopes", "One of these is no permission. Choose from the list.");
            else if (scopes.Count == 0) form.Wrong("scopes", "Tick at least one permission.");
        }
        else if (form["reach"] != "all")
        {
            form.Wrong("reach", "Choose one of the two.");
        }
        OrganizationId? bound = place.Organization;
        if (place.Kind == TokenKind.Personal && form["organization"] is { Length: > 0 } text)
        {
            if (WireId.TryParse<OrganizationId>(text, out var id)) bound = id;
            else form.Wrong("organization", "Choose one of your organizations.");
        }
        return form.IsWrong
            ? null
            : new TokenRequest(bound, name, days == 0 ? null : now.AddDays(days), place.Kind, scopes);
    }
}

/// <summary><c>…/tokens/{token}/revoke</c></summary>
internal sealed class RevokeToken : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await TokenRoutes.TokenOf(http) is { } token
        ? Pages.Ask(
            form, $"Revoke {token.Name}?",
            "Whatever uses it is refused at once. That cannot be taken back.",
            "Revoke token", TokenPlace.Of(http).Root)
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form) => await TokenRoutes.TokenOf(http) is { } token
        ? AccountRoutes.Told(
            http, TokenPlace.Of(http).Root, $"{token.Name} is revoked.",
            await http.RequestServices.GetRequiredService<ITenants>()
                .RevokeToken(token.Id, Platform.Http.ActorOf(http), ct: http.RequestAborted))
        : Results.NotFound();
}
