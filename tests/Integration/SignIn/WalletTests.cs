using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sluice.Chains.Evm;
using Sluice.Integration.Chains;
using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Factors;
using Xunit;

namespace Sluice.Integration.SignIn;

public sealed class WalletTests(PostgresCluster postgres)
{
    private const string Jane = "jane@example.org";
    private const string SignIn = "auth/wallet/nonce";

    private static readonly SoftWallet Hers = new("hers");
    private static readonly SoftWallet His = new("his");

    [Fact]
    public async Task A_wallet_is_linked_signs_in_makes_a_session_fresh_and_is_unlinked()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved(Jane);
        var linked = await Link(jane, Hers);
        Assert.Equal((Hers.Address.ToChecksum(), null), ($"{linked["address"]}", (string?)linked["chainId"]));
        await Link(jane, new SoftWallet("second"), "Cold one");
        Assert.Equal("linked", (await api.MailTo(Jane, MailTemplates.WalletChanged)).Values["change"]);

        var other = api.Person();
        await other.Post("auth/wallet", await Hers.Answer(other, SignIn));
        Assert.Equal(Jane, $"{(await other.Get("me"))!["email"]}");
        var list = (await other.Get("me/wallets"))!["data"]!.AsArray();
        Assert.Equal(2, list.Count);
        Assert.Equal("Cold one", $"{list[1]!["name"]}");
        Assert.NotNull(list[0]!["lastUsedAt"]);

        api.Time.Advance(TimeSpan.FromMinutes(16));
        var id = $"{linked["id"]}";
        Assert.Equal("access.step-up", await other.Refused($"me/wallets/{id}/remove", null, 403));
        Assert.Equal("access.step-up", await other.Refused("me/wallets/nonce", new { }, 403));
        Assert.Equal("auth.wallet-foreign", await other.Refused("auth/step-up", new { wallet = await His.Answer(other, "auth/step-up/nonce") }, 422));
        // A text to sign in does not prove it is you.
        Assert.Equal("auth.challenge-ended", await other.Refused("auth/step-up", new { wallet = await Hers.Answer(other, SignIn) }, 401));
        var before = other.Secret;
        await other.Post("auth/step-up", new { wallet = await Hers.Answer(other, "auth/step-up/nonce") });
        Assert.NotEqual(before, other.Secret);
        await other.Post($"me/wallets/{id}/remove", null, 204);
        Assert.Equal("tenants.wallet-unknown", await other.Refused($"me/wallets/{id}/remove", null, 404));
        var gone = api.Person();
        Assert.NotNull((await gone.Post("auth/wallet", await Hers.Answer(gone, SignIn)))!["signUp"]);
        Assert.Null(gone.Secret);
        foreach (var action in new[] { "tenants.wallet.add", "tenants.wallet.remove" })
            Assert.NotEqual(0, await api.Scalar($"SELECT count(*) FROM audit.events WHERE action = '{action}'"));
    }

    [Fact]
    public async Task A_wallet_that_nobody_has_signs_up_with_an_address_and_cannot_be_unlinked()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = api.Person();
        Assert.Equal("auth.challenge-ended", await jane.Refused("auth/wallet/sign-up", new { email = Jane }, 401));
        Assert.NotNull((await jane.Post("auth/wallet", await Hers.Answer(jane, SignIn)))!["signUp"]!["expiresAt"]);
        // What can be mended is told first, and the place is kept.
        Assert.Equal("api.field-invalid", await jane.Refused("auth/wallet/sign-up", new { email = "none" }, 400));
        Assert.Equal("api.field-invalid", await jane.Refused("auth/wallet/sign-up", new { email = Jane, name = "<b>" }, 400));
        var thief = api.Person();
        Assert.Equal("auth.challenge-ended", await thief.Refused("auth/wallet/sign-up", new { email = "eve@example.org" }, 401));
        await jane.Post("auth/wallet/sign-up", new { email = Jane }, 201);
        var me = (await jane.Get("me"))!;
        Assert.Equal((Jane, null, false), ($"{me["email"]}", (string?)me["emailVerifiedAt"], (bool)me["hasPassword"]!));
        await jane.Post("auth/verify", new { token = await api.LinkTo(Jane, MailTemplates.Verify) });
        var id = (await jane.Get("me/wallets"))!["data"]![0]!["id"];
        Assert.Equal("auth.last-means", await jane.Refused($"me/wallets/{id}/remove", null, 409));
        var again = api.Person();
        await again.Post("auth/wallet", await Hers.Answer(again, SignIn));
        Assert.Equal("auth.challenge-ended", await again.Refused("auth/wallet/sign-up", new { email = "eve@example.org" }, 401));
        Assert.Equal(1, await api.Scalar("SELECT count(*) FROM tenants.users"));
    }

    [Fact]
    public async Task Signing_up_follows_the_policy()
    {
        await using var closed = await SignInApi.Start(
            await postgres.CreateDatabase(), tenants => tenants.SignUp = SignUpPolicy.Closed);
        var jane = closed.Person();
        Assert.Equal("auth.wallet-unknown", await jane.Refused("auth/wallet", await Hers.Answer(jane, SignIn), 401));
        await using var invited = await SignInApi.Start(
            await postgres.CreateDatabase(), tenants => tenants.SignUp = SignUpPolicy.Invitation);
        jane = invited.Person();
        await jane.Post("auth/wallet", await Hers.Answer(jane, SignIn));
        Assert.Equal("auth.invitation-needed", await jane.Refused("auth/wallet/sign-up", new { email = Jane }, 403));
        await using var shut = await SignInApi.Start(
            await postgres.CreateDatabase(), add: services => services.Configure<WalletsOptions>(wallets => wallets.Offered = false));
        Assert.Equal("auth.wallets-closed", await shut.Person().Refused(SignIn, new { }, 409));
        Assert.Equal("auth.wallets-closed", await shut.Person().Refused("auth/wallet/sign-up", new { email = Jane }, 409));
    }

    [Fact]
    public async Task The_second_factor_is_asked_for_after_a_wallet()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved(Jane);
        await Link(jane, Hers);
        using var device = new SoftAuthenticator();
        await PasskeyTests.Add(jane, device, null);
        var other = api.Person();
        var asked = (await other.Post("auth/wallet", await Hers.Answer(other, SignIn)))!["secondFactor"]!;
        Assert.Null(other.Secret);
        Assert.True((bool)asked["passkey"]!);
        var ticket = $"{asked["ticket"]}";
        var options = (await other.Post("auth/passkeys/options", new { ticket }))!["publicKey"]!;
        await other.Post("auth/passkeys", new { ticket, credential = device.Get(options) });
        await other.Get("me");
    }

    [Fact]
    public async Task A_message_that_says_anything_else_is_refused()
    {
        await using var api = await SignInApi.Start(
            await postgres.CreateDatabase(),
            add: services => services.Configure<WalletsOptions>(wallets => wallets.Chains.Add(31337)));
        await Link(await api.SignUpProved(Jane), Hers);
        var now = api.Time.GetUtcNow();
        string Time(int minutes) => $"{now.AddMinutes(minutes):yyyy-MM-ddTHH:mm:ssZ}";
        var lies = new (string Code, int Status, Func<string, string> Change)[]
        {
            ("wallet.domain-foreign", 401, text => text.Replace("://localhost:4000 wants", "://evil.example wants", StringComparison.Ordinal)),
            ("wallet.domain-foreign", 401, text => text.Replace("http://localhost:4000 wants", "https://localhost:4000 wants", StringComparison.Ordinal)),
            ("wallet.domain-foreign", 401, text => text.Replace("localhost:4000 wants", "localhost wants", StringComparison.Ordinal)),
            ("wallet.uri-foreign", 401, text => text.Replace("URI: http://localhost:4000", "URI: http://evil.example", StringComparison.Ordinal)),
            ("wallet.nonce-foreign", 401, text => Line(text, "Nonce: ", "aaaaaaaaaaaaaaaaaaaaaaaa")),
            ("wallet.chain-foreign", 401, text => Line(text, "Chain ID: ", "1")),
            ("wallet.chain-foreign", 401, text => Line(text, "Chain ID: ", "0")),
            ("wallet.message-expired", 401, text => Line(text, "Expiration Time: ", Time(-10))),
            ("wallet.message-expired", 401, text => Line(text, "Issued At: ", Time(-30))),
            ("wallet.message-early", 401, text => Line(text, "Issued At: ", Time(10))),
            ("wallet.message-early", 401, text => $"{text}\nNot Before: {Time(10)}"),
            // What the person read was for something else.
            ("wallet.statement-foreign", 401, text => text.Replace(
                "Sign in with this wallet.", "Link this wallet to your account.", StringComparison.Ordinal)),
            ("wallet.message-invalid", 422, text => text.Replace("Version: 1", "Version: 2", StringComparison.Ordinal)),
            ("wallet.message-invalid", 422, text => text + "\n"),
            ("wallet.message-invalid", 422, text => text.Replace(Hers.Address.ToChecksum(), $"{Hers.Address}", StringComparison.Ordinal)),
            // Another's address under one's own signature.
            ("wallet.chain-foreign", 401, text => text.Replace(Hers.Address.ToChecksum(), His.Address.ToChecksum(), StringComparison.Ordinal)),
        };
        var other = api.Person();
        foreach (var (code, status, change) in lies)
            Assert.Equal(code, await other.Refused("auth/wallet", await Hers.Answer(other, SignIn, change), status));

        var answer = await Hers.Answer(other, SignIn);
        // Signed over another text than the one that is shown.
        answer["message"] = Line($"{answer["message"]}", "Expiration Time: ", Time(3));
        Assert.Equal("wallet.chain-foreign", await other.Refused("auth/wallet", answer, 401));
        foreach (var (signature, code) in new[]
        {
            ("0x", "wallet.signature-invalid"), ("0x0", "wallet.signature-invalid"), ("0xzz", "wallet.signature-invalid"),
            ("none", "wallet.signature-invalid"),
        })
        {
            answer = await Hers.Answer(other, SignIn);
            answer["signature"] = signature;
            Assert.Equal(code, await other.Refused("auth/wallet", answer, 422));
        }
        foreach (var body in new object[]
        {
            new { }, new { message = 1, signature = "0x" }, new { message = new string('a', 9000), signature = "0x00" },
            new { message = "a", signature = "0x" + new string('0', 40_000) }, new { message = "a", signature = "0x00", more = 1 },
        }) Assert.Equal("api.field-invalid", await other.Refused("auth/wallet", body, 400));
        Assert.Equal("api.body-large", await other.Refused("auth/wallet", new { message = new string('a', 1_100_000) }, 413));
        Assert.Equal("wallet.chain-foreign", await other.Refused(SignIn, new { chainId = "1" }, 401));
        Assert.Equal("wallet.address-invalid", await other.Refused(SignIn, new { address = "0x00" }, 422));
        Assert.Equal("api.field-invalid", await other.Refused(SignIn, new { chainId = "-1" }, 400));
        Assert.Null(other.Secret);
        Assert.DoesNotContain(other.Secrets, secret => api.Log.Text.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_nonce_counts_once_in_time_for_what_it_was_asked_and_in_the_browser_that_asked()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved(Jane);
        await Link(jane, Hers);
        var other = api.Person();
        var answer = await Hers.Answer(other, SignIn);
        var held = other.Challenge;
        await other.Post("auth/wallet", answer.DeepClone());
        var thief = api.Person();
        thief.Challenge = held;
        Assert.Equal("auth.challenge-ended", await thief.Refused("auth/wallet", answer.DeepClone(), 401));
        Assert.Equal("auth.challenge-ended", await api.Person().Refused("auth/wallet", await Hers.Answer(other, SignIn), 401));
        await His.Answer(thief, SignIn);
        Assert.Equal("wallet.nonce-foreign", await thief.Refused("auth/wallet", await Hers.Answer(other, SignIn), 401));
        answer = await Hers.Answer(other, SignIn);
        api.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("auth.challenge-ended", await other.Refused("auth/wallet", answer, 401));
        // What was signed to sign in links nothing, and what one signed to link is nobody else's.
        Assert.Equal("auth.challenge-ended", await jane.Refused("me/wallets", await His.Answer(jane, SignIn), 401));
        var john = await api.SignUpProved("john@example.org");
        answer = await His.Answer(jane, "me/wallets/nonce");
        john.Challenge = jane.Challenge;
        Assert.Equal("auth.challenge-ended", await john.Refused("me/wallets", answer, 401));
    }

    [Fact]
    public async Task A_wallet_belongs_to_one_account()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved(Jane);
        var id = $"{(await Link(jane, Hers))["id"]}";
        var john = await api.SignUpProved("john@example.org");
        Assert.Equal("tenants.wallet-taken", await john.Refused("me/wallets", await Hers.Answer(john, "me/wallets/nonce"), 409));
        Assert.Equal("tenants.wallet-unknown", await john.Refused($"me/wallets/{id}/remove", null, 404));
        Assert.Empty((await john.Get("me/wallets"))!["data"]!.AsArray());
        var user = WireId.TryParse<UserId>((await jane.Get("me"))!["id"]!.ToString(), out var read) ? read : default;
        Assert.True((await api.Get<IUsers>().Suspend(user, "test", Actor.System)).Ok);
        var other = api.Person();
        Assert.Equal("auth.user-suspended", await other.Refused("auth/wallet", await Hers.Answer(other, SignIn), 403));
        for (var i = 0; i < 20; i++) await Link(john, new SoftWallet($"wallet {i}"));
        Assert.Equal("tenants.wallets-full", await john.Refused("me/wallets", await His.Answer(john, "me/wallets/nonce"), 409));
    }

    [Fact]
    public async Task What_somebody_left_in_an_account_before_its_address_was_proved_opens_nothing_after_a_new_password()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        await Link(await api.SignUp(Jane), Hers);
        var jane = api.Person();
        await jane.Post("auth/reset", new { email = Jane }, 202);
        await jane.Post("auth/reset/confirm", new { token = await api.LinkTo(Jane, MailTemplates.Reset), password = "another horse battery" }, 204);
        var squatter = api.Person();
        Assert.NotNull((await squatter.Post("auth/wallet", await Hers.Answer(squatter, SignIn)))!["signUp"]);
        Assert.Null(squatter.Secret);
    }

    [Fact]
    public async Task A_contract_wallet_signs_in_on_its_own_chain_alone_while_it_says_so()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "No anvil: ./do test installs it.");
        await using var node = await AnvilNode.Start();
        var chain = new AnvilCaller(node);
        await using var api = await SignInApi.Start(
            await postgres.CreateDatabase(), add: services => services.AddSingleton<IEvmCaller>(chain));
        var (owner, next) = (await chain.Account(0), await chain.Account(1));
        var wallet = await SmallWallet.Deploy(chain, owner);
        var jane = api.Person();
        Assert.NotNull((await jane.Post("auth/wallet", await ByContract(jane, chain, wallet, owner)))!["signUp"]);
        await jane.Post("auth/wallet/sign-up", new { email = Jane }, 201);
        var linked = (await jane.Get("me/wallets"))!["data"]![0]!;
        Assert.Equal((wallet.ToChecksum(), "31337"), ($"{linked["address"]}", $"{linked["chainId"]}"));

        var other = api.Person();
        Assert.Equal(
            "wallet.signature-foreign", await other.Refused("auth/wallet", await ByContract(other, chain, wallet, next), 401));
        await other.Post("auth/wallet", await ByContract(other, chain, wallet, owner));
        Assert.Equal(Jane, $"{(await other.Get("me"))!["email"]}");
        await SmallWallet.Hand(chain, wallet, owner, next);
        var former = api.Person();
        Assert.Equal(
            "wallet.signature-foreign", await former.Refused("auth/wallet", await ByContract(former, chain, wallet, owner), 401));
        await former.Post("auth/wallet", await ByContract(former, chain, wallet, next));
        Assert.Equal(
            "wallet.chain-foreign", await former.Refused("auth/wallet", await ByContract(former, chain, wallet, next, "1"), 401));
    }

    private static async Task<JsonNode> Link(Person person, SoftWallet wallet, string? name = null)
    {
        var answer = await wallet.Answer(person, "me/wallets/nonce");
        if (name is not null) answer["name"] = name;
        return (await person.Post("me/wallets", answer, 201))!;
    }

    private static async Task<object> ByContract(
        Person person, AnvilCaller chain, EvmAddress wallet, EvmAddress signer, string chainId = "31337")
    {
        var message = $"{(await person.Post(SignIn, new { address = $"{wallet}", chainId }))!["message"]}";
        var signature = await chain.Sign(signer, System.Text.Encoding.UTF8.GetBytes(message));
        return new { message, signature = "0x" + Convert.ToHexStringLower(signature) };
    }

    private static string Line(string text, string label, string value) => string.Join(
        '\n', text.Split('\n').Select(line => line.StartsWith(label, StringComparison.Ordinal) ? label + value : line));
}
