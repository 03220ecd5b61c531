using Microsoft.AspNetCore.Routing;
using Microsoft.Playwright;
using Npgsql;
using Sluice.Integration.Permissions;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform;
using Xunit;

namespace Sluice.Integration.Portal;

/// <summary>No page of the portal goes without being looked at: which test does, and here those that no other one does.</summary>
[Collection(PortalCollection.Name)]
public sealed class EveryPageTests(PortalSite site, PostgresCluster postgres)
{
    private const string NoPage = "answers with a file, or leads on";

    private static readonly Dictionary<string, string> ExaminedBy = new(StringComparer.Ordinal)
    {
        ["/"] = nameof(PublicPagesTests.Page_holds_what_every_page_must_hold),
        ["/assets/{file}"] = NoPage,
        ["/favicon.ico"] = NoPage,
        ["/docs"] = nameof(PublicPagesTests.Page_holds_what_every_page_must_hold),
        ["/docs/{name}"] = nameof(PublicPagesTests.Reference_may_be_longer_and_holds_the_rest),
        ["/docs/api"] = nameof(ReferencePagesTests),
        ["/docs/api/{room}"] = nameof(ReferencePagesTests),
        ["/sign-in"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_for_visitors),
        ["/sign-in/code"] = nameof(ProofPagesTests.Page_holds_what_every_page_must_hold_of_passkeys_and_wallets),
        ["/sign-in/known"] = nameof(ProviderPagesTests),
        ["/sign-in/link"] = nameof(Pages_of_links_that_ended_hold_what_every_page_must_hold),
        ["/sign-in/with/{provider}"] = NoPage,
        ["/sign-in/with/{provider}/return"] = NoPage,
        ["/sign-up"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_for_visitors),
        ["/sign-up/wallet"] = nameof(ProofPagesTests.A_wallet_signs_up_signs_in_proves_who_it_is_and_another_is_linked),
        ["/reset"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_for_visitors),
        ["/invitation"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_for_visitors),
        ["/first-operator"] = nameof(Pages_of_links_that_ended_hold_what_every_page_must_hold),
        ["/verify"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_of_the_account),
        ["/change-email"] = nameof(Pages_of_links_that_ended_hold_what_every_page_must_hold),
        ["/account"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_of_the_account),
        ["/account/data"] = nameof(DataPagesTests),
        ["/account/data/export"] = nameof(Pages_that_ask_first_hold_what_every_page_must_hold),
        ["/account/data/exports/{export}"] = NoPage,
        ["/account/delete"] = nameof(DataPagesTests),
        ["/account/email"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_of_the_account),
        ["/account/inbox"] = nameof(ToolPagesTests),
        ["/account/logins/link"] = nameof(ProviderPagesTests),
        ["/account/logins/pending"] = nameof(ProviderPagesTests),
        ["/account/passkeys/new"] = nameof(ProofPagesTests.Page_holds_what_every_page_must_hold_of_passkeys_and_wallets),
        ["/account/passkeys/{passkey}/rename"] = nameof(ProofPagesTests),
        ["/account/passkeys/{passkey}/remove"] =
            nameof(ProofPagesTests.Page_holds_what_every_page_must_hold_of_passkeys_and_wallets),
        ["/account/password"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_of_the_account),
        ["/account/prove"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_of_the_account),
        ["/account/recovery-codes"] = nameof(EntryTests.Second_factor_is_asked_for_after_it_was_added),
        ["/account/security"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_of_the_account),
        ["/account/tokens"] = nameof(ToolPagesTests),
        ["/account/tokens/new"] = nameof(ToolPagesTests),
        ["/account/tokens/{token}/revoke"] = nameof(Pages_that_ask_first_hold_what_every_page_must_hold),
        ["/account/two-factor"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_of_the_account),
        ["/account/two-factor/remove"] = nameof(EntryTests.Second_factor_is_asked_for_after_it_was_added),
        ["/account/wallets/new"] = nameof(ProofPagesTests.Page_holds_what_every_page_must_hold_of_passkeys_and_wallets),
        ["/account/wallets/{wallet}/remove"] =
            nameof(ProofPagesTests.Page_holds_what_every_page_must_hold_of_passkeys_and_wallets),
        ["/console"] = NoPage,
        ["/console/new"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_of_the_account),
        ["/console/{org}"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_of_an_organization),
        ["/console/{org}/alerts"] = nameof(ToolPagesTests),
        ["/console/{org}/alerts/new"] = nameof(ToolPagesTests),
        ["/console/{org}/alerts/{alert}/delete"] = nameof(Pages_that_ask_first_hold_what_every_page_must_hold),
        ["/console/{org}/apps"] = nameof(AppPagesTests),
        ["/console/{org}/apps/new"] = nameof(AppPagesTests),
        ["/console/{org}/apps/{app}"] = nameof(AppPagesTests),
        ["/console/{org}/apps/{app}/keys/new"] = nameof(AppPagesTests),
        ["/console/{org}/apps/{app}/keys/{key}/revoke"] = nameof(AppPagesTests),
        ["/console/{org}/apps/{app}/keys/{key}/rotate"] = nameof(AppPagesTests),
        ["/console/{org}/apps/{app}/limits"] = nameof(AppPagesTests),
        ["/console/{org}/apps/{app}/rules"] = nameof(AppPagesTests),
        ["/console/{org}/audit"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_of_an_organization),
        ["/console/{org}/audit/{number}"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_of_an_organization),
        ["/console/{org}/data"] = nameof(DataPagesTests),
        ["/console/{org}/data/export"] = nameof(Pages_that_ask_first_hold_what_every_page_must_hold),
        ["/console/{org}/data/exports/{export}"] = NoPage,
        ["/console/{org}/delete"] = nameof(DataPagesTests),
        ["/console/{org}/leave"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_of_an_organization),
        ["/console/{org}/members"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_of_an_organization),
        ["/console/{org}/members/invite"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_of_an_organization),
        ["/console/{org}/members/{user}"] = nameof(Pages_that_ask_first_hold_what_every_page_must_hold),
        ["/console/{org}/members/{user}/remove"] = nameof(Pages_that_ask_first_hold_what_every_page_must_hold),
        ["/console/{org}/members/{user}/transfer"] = nameof(Pages_that_ask_first_hold_what_every_page_must_hold),
        ["/console/{org}/tokens"] = nameof(ToolPagesTests),
        ["/console/{org}/tokens/new"] = nameof(ToolPagesTests),
        ["/console/{org}/tokens/{token}/revoke"] = nameof(Pages_that_ask_first_hold_what_every_page_must_hold),
        ["/console/{org}/webhooks"] = nameof(ToolPagesTests),
        ["/console/{org}/webhooks/new"] = nameof(ToolPagesTests),
        ["/console/{org}/webhooks/{webhook}"] = nameof(ToolPagesTests),
        ["/console/{org}/webhooks/{webhook}/delete"] = nameof(ToolPagesTests),
        ["/console/{org}/webhooks/{webhook}/deliveries/{delivery}"] = nameof(ToolPagesTests),
        ["/console/{org}/webhooks/{webhook}/edit"] = nameof(ToolPagesTests),
        ["/console/{org}/webhooks/{webhook}/rotate"] = nameof(ToolPagesTests),
        ["/operator"] = NoPage,
        ["/operator/audit"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_for_operators),
        ["/operator/audit/{number}"] = nameof(Pages_of_operators_that_ask_first_hold_what_every_page_must_hold),
        ["/operator/jobs"] = nameof(ToolPagesTests),
        ["/operator/jobs/facts"] = nameof(ToolPagesTests),
        ["/operator/jobs/list"] = nameof(ToolPagesTests),
        ["/operator/jobs/schedules"] = nameof(ToolPagesTests),
        ["/operator/jobs/{job}"] = nameof(ToolPagesTests),
        ["/operator/mail"] = nameof(ToolPagesTests),
        ["/operator/mail/test"] = nameof(ToolPagesTests),
        ["/operator/mail/{mail}"] = nameof(ToolPagesTests),
        ["/operator/organizations"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_for_operators),
        ["/operator/organizations/{org}"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_for_operators),
        ["/operator/organizations/{org}/delete"] =
            nameof(Pages_of_operators_that_ask_first_hold_what_every_page_must_hold),
        ["/operator/organizations/{org}/suspend"] =
            nameof(Pages_of_operators_that_ask_first_hold_what_every_page_must_hold),
        ["/operator/settings"] = nameof(ToolPagesTests),
        ["/operator/tokens"] = nameof(ToolPagesTests),
        ["/operator/tokens/new"] = nameof(ToolPagesTests),
        ["/operator/tokens/{token}/revoke"] = nameof(Pages_of_operators_that_ask_first_hold_what_every_page_must_hold),
        ["/operator/users"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_for_operators),
        ["/operator/users/new"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_for_operators),
        ["/operator/users/{user}"] = nameof(SignedInPagesTests.Page_holds_what_every_page_must_hold_for_operators),
        ["/operator/users/{user}/delete"] = nameof(Pages_of_operators_that_ask_first_hold_what_every_page_must_hold),
        ["/operator/users/{user}/reset"] = nameof(Pages_of_operators_that_ask_first_hold_what_every_page_must_hold),
        ["/operator/users/{user}/suspend"] = nameof(Pages_of_operators_that_ask_first_hold_what_every_page_must_hold),
    };

    [Fact]
    public async Task Each_page_is_examined_by_a_test()
    {
        await using var host = await AccessHost.Start(await postgres.CreateDatabase());
        var pages = host.Endpoints
            .Where(endpoint => endpoint.Metadata.GetMetadata<RefusalWriter>() is not null)
            .Where(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") == true)
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.Trim('/'))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        Assert.Equal(ExaminedBy.Keys.Order(StringComparer.Ordinal), pages);
    }

    [Fact]
    public async Task Pages_of_links_that_ended_hold_what_every_page_must_hold()
    {
        await using var visitor = await site.Window();
        var examination = new PageExamination(site, visitor);
        await examination.Examine("/sign-in/link?token=x");
        await examination.Examine("/first-operator?token=x");
        await using var window = await site.MemberWindow("ended-links@example.org");
        await new PageExamination(site, window).Examine("/change-email?token=x");
    }

    [Fact]
    public async Task Pages_that_ask_first_hold_what_every_page_must_hold()
    {
        await using (await site.MemberWindow("asked@example.org"))
        await using (var window = await site.MemberWindow("asks@example.org"))
        {
            var root = await Console(window);
            var organization = root.Split('/')[^1];
            var member = await User("asked@example.org");
            await Execute($"""
                INSERT INTO tenants.members (organization_id, user_id, role, since)
                SELECT m.organization_id, (SELECT id FROM tenants.users WHERE email = 'asked@example.org'), 'developer', now()
                FROM tenants.members m JOIN tenants.users u ON u.id = m.user_id WHERE u.email = 'asks@example.org'
                """);
            var token = await site.Sluice.VerbJson("token", "create", "--org", organization, "--name", "Asked");
            var alert = await site.Sluice.VerbJson("alert", "create", organization, "Asked", "--kind", "quota");
            var examination = new PageExamination(site, window);
            foreach (var page in new[]
            {
                $"{root}/members/{member}", $"{root}/members/{member}/remove", $"{root}/members/{member}/transfer",
                $"{root}/tokens/{token.GetProperty("id")}/revoke", $"{root}/alerts/{alert.GetProperty("id")}/delete",
                $"{root}/data/export", "/account/data/export",
            })
            {
                await examination.Examine(page);
            }
            var personal = await window.NewPageAsync();
            await personal.GotoAsync("/account/tokens/new");
            await personal.GetByLabel("What it is for").FillAsync("Mine");
            await personal.Press("Create token");
            await personal.CloseAsync();
            await examination.Examine($"/account/tokens/{await Id<TokenId>("SELECT id FROM tenants.tokens WHERE name = 'Mine'")}/revoke");
        }
    }

    [Fact]
    public async Task Pages_of_operators_that_ask_first_hold_what_every_page_must_hold()
    {
        await using (var asked = await site.MemberWindow("asked-by-operators@example.org"))
        await using (var window = await site.OperatorWindow())
        {
            var organization = (await Console(asked)).Split('/')[^1];
            var user = await User("asked-by-operators@example.org");
            var token = await site.Sluice.VerbJson("token", "create", "--operator", "--name", "Asked");
            var examination = new PageExamination(site, window);
            foreach (var page in new[]
            {
                $"users/{user}/delete", $"users/{user}/reset", $"users/{user}/suspend",
                $"organizations/{organization}/delete", $"organizations/{organization}/suspend",
                $"tokens/{token.GetProperty("id")}/revoke", "audit/1",
            })
            {
                await examination.Examine("/operator/" + page);
            }
        }
    }

    private static async Task<string> Console(IBrowserContext window)
    {
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console");
        var root = new Uri(page.Url).AbsolutePath;
        await page.CloseAsync();
        return root;
    }

    private Task<string> User(string email) => Id<UserId>($"SELECT id FROM tenants.users WHERE email = '{email}'");

    private async Task<string> Id<T>(string sql) where T : struct, ITypedId<T>
    {
        await using var source = NpgsqlDataSource.Create(site.Database);
        await using var command = source.CreateCommand(sql);
        return T.From((Guid)(await command.ExecuteScalarAsync())!).ToString()!;
    }

    private async Task Execute(string sql)
    {
        await using var source = NpgsqlDataSource.Create(site.Database);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
