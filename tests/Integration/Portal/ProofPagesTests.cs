using System.Text.Json;
using Microsoft.Playwright;
using Npgsql;
using Sluice.Chains.Evm;
using Sluice.Integration.Chains;
using Sluice.Integration.Origins;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Integration.Portal;

/// <summary>
/// Passkeys by the browser's own virtual authenticator, and wallets whose signatures a real node makes, through the pages.
/// </summary>
[Collection(PortalCollection.Name)]
public sealed class ProofPagesTests(PortalSite site)
{
    [Fact]
    public async Task A_passkey_is_added_signs_in_stands_for_the_second_factor_and_proves_who_it_is()
    {
        const string email = "passkey@example.org";
        await using var window = await site.MemberWindow(email);
        var page = await window.NewPageAsync();
        var (browser, authenticator) = await Authenticator(window, page);
        await page.GotoAsync("/account/passkeys/new");
        await page.GetByLabel("Name").FillAsync("My laptop");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add passkey" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Recovery codes" })).ToBeVisibleAsync();
        await page.GotoAsync("/account/security");
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "My laptop" })).ToContainTextAsync("Not yet");
        // The same device is not added twice.
        await page.GotoAsync("/account/passkeys/new");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add passkey" }).ClickAsync();
        await Expect(page.Locator("[data-said]")).ToContainTextAsync("has a passkey of your account already");

        await window.ClearCookiesAsync();
        await page.GotoAsync("/sign-in?next=/account/security");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Security", Exact = true })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "My laptop" })).Not.ToContainTextAsync("Not yet");

        await window.ClearCookiesAsync();
        await page.SignIn(email, People.Password);
        await page.WaitForURLAsync("**/sign-in/code");
        await page.GetByRole(AriaRole.Button, new() { Name = "Use your passkey" }).ClickAsync();
        await Expect(page.GetByText("Your role")).ToBeVisibleAsync();

        await Age();
        await page.GotoAsync("/account/email");
        Assert.Contains("/account/prove", page.Url, StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
        await page.WaitForURLAsync("**/account/email");

        // Who does not prove to the device who holds it does not get in.
        await browser.SendAsync("WebAuthn.setUserVerified", new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["authenticatorId"] = authenticator,
            ["isUserVerified"] = false,
        });
        await window.ClearCookiesAsync();
        await page.GotoAsync("/sign-in");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page.Locator("[data-proof=passkey] [data-said]")).ToContainTextAsync("Nothing was signed");
    }

    [Fact]
    public async Task A_passkey_is_renamed_by_its_owner_alone_and_the_last_one_removed_on_a_page_that_asks()
    {
        await using var window = await site.MemberWindow("removes@example.org");
        var page = await window.NewPageAsync();
        await Authenticator(window, page);
        await page.GotoAsync("/account/passkeys/new");
        await page.GetByLabel("Name").FillAsync("Old phone");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add passkey" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "I have kept them" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Rename Old phone" }).ClickAsync();
        await page.GetByLabel("Name").FillAsync("<b>");
        await page.Press("Rename passkey");
        await Expect(page.Locator("#f-name-error")).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Name")).ToHaveValueAsync("<b>");
        await page.GetByLabel("Name").FillAsync("Older phone");
        await page.Press("Rename passkey");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("called Older phone now");
        var rename = await page.GetByRole(AriaRole.Link, new() { Name = "Rename Older phone" }).GetAttributeAsync("href");
        var examination = new PageExamination(site, window);
        await examination.Examine(rename!, "passkey-rename");
        await examination.Examine("/account/security", "account-security-passkey");
        await using var stranger = await site.MemberWindow("renames@example.org");
        var elsewhere = await stranger.NewPageAsync();
        Assert.Equal(404, (await elsewhere.GotoAsync(rename!))!.Status);
        await elsewhere.GotoAsync("/account");
        await elsewhere.EvaluateAsync("to => { document.querySelector('main form').action = to; }", rename);
        await elsewhere.GetByLabel("Name").FillAsync("Stolen");
        await elsewhere.Press("Save profile");
        await Expect(elsewhere.GetByRole(AriaRole.Heading, new() { Name = "There is nothing here" })).ToBeVisibleAsync();
        await page.GotoAsync("/account/security");
        await page.GetByRole(AriaRole.Link, new() { Name = "Remove Older phone" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove passkey" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The passkey is removed");
        await Expect(page.GetByText("Older phone")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_wallet_signs_up_signs_in_proves_who_it_is_and_another_is_linked()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "No anvil: ./do test installs it.");
        await using var node = await AnvilNode.Start();
        var chain = new AnvilCaller(node);
        await using var window = await site.Window();
        await Wallet(window, node, await chain.Account(0), await chain.Account(0));
        var page = await window.NewPageAsync();
        await page.GotoAsync("/sign-up");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign up with a wallet" }).ClickAsync();
        await page.WaitForURLAsync("**/sign-up/wallet");
        await page.GetByLabel("E-mail").FillAsync("no address");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create account" }).ClickAsync();
        await Expect(page.Locator("#f-email-error")).ToBeVisibleAsync();
        await new PageExamination(site, window).Examine("/sign-up/wallet");
        await page.GetByLabel("E-mail").FillAsync("wallet@example.org");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create account" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Confirm your address");

        await window.ClearCookiesAsync();
        await page.GotoAsync("/sign-in?next=/account/security");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a wallet" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Security", Exact = true })).ToBeVisibleAsync();
        await Age();
        await page.GetByRole(AriaRole.Link, new() { Name = "Link a wallet" }).ClickAsync();
        Assert.Contains("/account/prove", page.Url, StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign with your wallet" }).ClickAsync();
        await page.WaitForURLAsync("**/account/wallets/new");
        // The one that is linked already, and then another account of the same wallet.
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and link" }).ClickAsync();
        await Expect(page.Locator("#wrong")).ToContainTextAsync("linked to an account already");
        await page.GotoAsync("/account/wallets/new");
        await page.EvaluateAsync("address => { window.chosen = address; }", $"{await chain.Account(1)}");
        await page.GetByLabel("Name").FillAsync("Cold one");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and link" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Cold one is linked");
        await page.GetByRole(AriaRole.Link, new() { Name = "Unlink Cold one" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Unlink wallet" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The wallet is unlinked");
        // The one that is left is the only way in.
        await page.GetByRole(AriaRole.Link, new() { Name = "Unlink 0x" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Unlink wallet" }).ClickAsync();
        await Expect(page.GetByText("Nothing else would let you in")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_contract_wallet_signs_in_by_the_nodes_of_the_catalog()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "No anvil: ./do test installs it.");
        await using var node = await AnvilNode.Start();
        var chain = new AnvilCaller(node);
        var owner = await chain.Account(0);
        var contract = await SmallWallet.Deploy(chain, owner);
        using (var catalog = new Processes.TemporaryDirectory("catalog"))
        {
            var file = Path.Combine(catalog.Path, "services.json");
            await File.WriteAllTextAsync(file, $$"""
                {"services":[{"name":"walletnet","title":"Wallet net","protocol":"jsonRpc","chain":"evm","chainId":"31337","enabled":true,
                "prices":{"defaultUnits":1},"upstreams":[{"name":"local","url":"{{node.Url}}"}]}]}
                """, TestContext.Current.CancellationToken);
            await site.Sluice.Verb("service", "import", file);
        }
        await using var window = await site.Window();
        await Wallet(window, node, contract, owner);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/sign-in");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a wallet" }).ClickAsync();
        await page.WaitForURLAsync("**/sign-up/wallet");
        await page.GetByLabel("E-mail").FillAsync("contract@example.org");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create account" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Confirm your address");
        await page.GotoAsync("/account/security");
        await Expect(page.GetByText("Contract on 31337")).ToBeVisibleAsync();

        await SmallWallet.Hand(chain, contract, owner, await chain.Account(1));
        await window.ClearCookiesAsync();
        await page.GotoAsync("/sign-in");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a wallet" }).ClickAsync();
        await Expect(page.GetByText("does not accept the signature")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_buttons_are_absent_without_script_and_where_there_is_no_wallet()
    {
        await using var plain = await site.Window(script: false);
        var without = await plain.NewPageAsync();
        await without.GotoAsync("/sign-in");
        await Expect(without.GetByRole(AriaRole.Button, new() { Name = "passkey" })).ToHaveCountAsync(0);
        await using var window = await site.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/sign-in");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a wallet" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Page_holds_what_every_page_must_hold_of_passkeys_and_wallets()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "No anvil: ./do test installs it.");
        await using var node = await AnvilNode.Start();
        var account = await new AnvilCaller(node).Account(2);
        await using var window = await site.MemberWindow("proofs@example.org");
        await Wallet(window, node, account, account);
        var page = await window.NewPageAsync();
        await Authenticator(window, page);
        await page.GotoAsync("/account/passkeys/new");
        await page.GetByLabel("Name").FillAsync("My laptop");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add passkey" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Recovery codes" })).ToBeVisibleAsync();
        await page.GotoAsync("/account/wallets/new");
        await page.GetByLabel("Name").FillAsync("Everyday");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign and link" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is linked");
        var examination = new PageExamination(site, window);
        await examination.Examine("/account/passkeys/new", "account-passkey");
        await examination.Examine("/account/wallets/new", "account-wallet");
        await examination.Examine("/account/security", "account-proofs");
        await page.GotoAsync("/account/security");
        foreach (var link in new[] { "Remove My laptop", "Unlink Everyday" })
            await examination.Examine((await page.GetByRole(AriaRole.Link, new() { Name = link }).GetAttributeAsync("href"))!);
        await examination.Examine("/account/prove?next=/account", "prove-proofs");
        await window.ClearCookiesAsync();
        await examination.Examine("/sign-in", "sign-in-proofs");
        await examination.Examine("/sign-in", "second-factor-passkey", async looked =>
        {
            await looked.SignIn("proofs@example.org", People.Password);
            await looked.WaitForURLAsync("**/sign-in/code");
        });
    }

    /// <summary>A device in the page that makes passkeys and says that the person was verified.</summary>
    private static async Task<(ICDPSession Browser, string Authenticator)> Authenticator(IBrowserContext window, IPage page)
    {
        var browser = await window.NewCDPSessionAsync(page);
        await browser.SendAsync("WebAuthn.enable");
        var made = await browser.SendAsync("WebAuthn.addVirtualAuthenticator", new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["options"] = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });
        return (browser, made!.Value.GetProperty("authenticatorId").GetString()!);
    }

    /// <summary>A wallet (EIP-1193) in every page of a window, whose keys a real node has.</summary>
    private static async Task Wallet(IBrowserContext window, AnvilNode node, EvmAddress shown, EvmAddress signer)
    {
        await window.ExposeFunctionAsync("askNode", async (string method, string parameters) =>
        {
            using var answer = JsonDocument.Parse(await node.Call(method, parameters));
            return answer.RootElement.GetProperty("result").GetString();
        });
        await window.AddInitScriptAsync($$"""
            window.ethereum = {
              async request({ method, params }) {
                const chosen = window.chosen;
                if (method === 'eth_requestAccounts' || method === 'eth_accounts') return [chosen ?? '{{shown}}'];
                if (method === 'personal_sign') return askNode(method, JSON.stringify([params[0], chosen ?? '{{signer}}']));
                return askNode(method, JSON.stringify(params ?? []));
              },
            };
            """);
    }

    /// <summary>Nobody's last proof is fresh any more.</summary>
    private async Task Age()
    {
        await using var database = NpgsqlDataSource.Create(site.Database);
        await using var command = database.CreateCommand("UPDATE tenants.sessions SET proved_at = proved_at - interval '20 minutes'");
        await command.ExecuteNonQueryAsync();
    }
}
