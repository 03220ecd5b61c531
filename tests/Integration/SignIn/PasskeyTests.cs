using System.Text.Json.Nodes;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.SignIn;

public sealed class PasskeyTests(PostgresCluster postgres)
{
    private const string Jane = "jane@example.org";

    private static readonly object SignIn = new { email = Jane, password = SignInApi.Password };

    [Fact]
    public async Task A_passkey_signs_in_by_itself_and_is_named_listed_and_removed()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved(Jane);
        using var device = new SoftAuthenticator();
        var added = await Add(jane, device, "My phone");
        Assert.Equal(10, added["recoveryCodes"]!.AsArray().Count);
        Assert.Equal("added", (await api.MailTo(Jane, MailTemplates.PasskeyChanged)).Values["change"]);
        using var second = new SoftAuthenticator();
        Assert.Null((await Add(jane, second, null))["recoveryCodes"]);

        var other = api.Person();
        Assert.Null((await Ask(other))["user"]);
        await other.Post("auth/passkeys", new { credential = device.Get(await Ask(other)) });
        Assert.Equal(Jane, $"{(await other.Get("me"))!["email"]}");
        var list = (await other.Get("me/passkeys"))!["data"]!.AsArray();
        Assert.Equal(["My phone", "Firefox on Linux"], list.Select(one => $"{one!["name"]}"));
        Assert.NotNull(list[0]!["lastUsedAt"]);
        Assert.Null(list[1]!["lastUsedAt"]);
        Assert.Equal(0, await api.Scalar("SELECT count(*) FROM tenants.challenges WHERE user_id IS NOT NULL"));
        // What browsers say of themselves is kept where it is one of the words.
        Assert.Equal(2, await api.Scalar("SELECT count(*) FROM tenants.passkeys WHERE transports = '{internal}'"));

        var id = $"{list[0]!["id"]}";
        Assert.StartsWith("psk_", id, StringComparison.Ordinal);
        await other.Put($"me/passkeys/{id}", new { name = "Old phone" });
        Assert.Equal("api.field-invalid", (await other.Put($"me/passkeys/{id}", new { name = "<b>" }, 400))!["code"]!.ToString());
        await other.Post($"me/passkeys/{id}/remove", null, 204);
        Assert.Equal("tenants.passkey-unknown", await other.Refused($"me/passkeys/{id}/remove", null, 404));
        Assert.Equal("auth.passkey-refused", await Refused(api.Person(), device));
        var actions = new[] { "tenants.passkey.add", "tenants.passkey.rename", "tenants.passkey.remove" };
        foreach (var action in actions)
            Assert.NotEqual(0, await api.Scalar($"SELECT count(*) FROM audit.events WHERE action = '{action}'"));
    }

    [Fact]
    public async Task A_password_asks_for_the_passkey_where_there_is_one_and_a_recovery_code_stands_in()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved(Jane);
        using var device = new SoftAuthenticator();
        var codes = (await Add(jane, device, null))["recoveryCodes"]!.AsArray();
        var other = api.Person();
        var asked = (await other.Post("auth/sign-in", SignIn))!["secondFactor"]!;
        Assert.Equal((false, true), ((bool)asked["code"]!, (bool)asked["passkey"]!));
        Assert.Null(other.Secret);
        var ticket = $"{asked["ticket"]}";

        var options = await Ask(other, ticket);
        Assert.Single(options["allowCredentials"]!.AsArray());
        await other.Post("auth/passkeys", new { ticket, credential = device.Get(options) });
        await other.Get("me");
        // The ticket is used up.
        Assert.Equal("auth.ticket-ended", await api.Person().Refused("auth/passkeys/options", new { ticket }, 401));

        var third = api.Person();
        ticket = await Ticket(third);
        await third.Post("auth/second-factor", new { ticket, code = $"{codes[0]}" });
        await third.Post("auth/step-up", new { password = SignInApi.Password });
        var id = (await third.Get("me/passkeys"))!["data"]![0]!["id"];
        await third.Post($"me/passkeys/{id}/remove", null, 204);
        Assert.Equal("""{"totp":false,"passkeys":0,"recoveryCodesLeft":0}""", (await third.Get("me/factors"))!.ToJsonString());
        Assert.NotNull((await api.Person().Post("auth/sign-in", SignIn))!["session"]);
    }

    [Fact]
    public async Task The_second_step_takes_a_passkey_of_the_account_that_the_password_opened_alone()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        using var hers = new SoftAuthenticator();
        using var his = new SoftAuthenticator();
        await Add(await api.SignUpProved(Jane), hers, null);
        await Add(await api.SignUpProved("john@example.org"), his, null);
        var thief = api.Person();
        var ticket = await Ticket(thief);
        var options = await Ask(thief, ticket);
        Assert.Equal("auth.passkey-refused", await thief.Refused("auth/passkeys", new { ticket, credential = his.Get(options) }, 401));
        // Nor does an answer to one question stand for another.
        options = await Ask(thief);
        Assert.Equal("auth.challenge-ended", await thief.Refused("auth/passkeys", new { ticket, credential = his.Get(options) }, 401));
        options = await Ask(thief, ticket);
        Assert.Equal("auth.challenge-ended", await thief.Refused("auth/passkeys", new { credential = his.Get(options) }, 401));
        for (var i = 0; i < 4; i++)
            await thief.Refused("auth/passkeys", new { ticket, credential = his.Get(await Ask(thief, ticket)) }, 401);
        Assert.Equal("auth.ticket-ended", await thief.Refused("auth/passkeys/options", new { ticket }, 401));
        Assert.Null(thief.Secret);
    }

    [Fact]
    public async Task An_old_session_is_made_fresh_by_a_passkey_of_its_own_user()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved(Jane);
        using var device = new SoftAuthenticator();
        using var his = new SoftAuthenticator();
        Assert.Equal("auth.passkey-none", await jane.Refused("auth/step-up/options", null, 409));
        await Add(jane, device, null);
        await Add(await api.SignUpProved("john@example.org"), his, null);
        api.Time.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal("access.step-up", await jane.Refused("me/passkeys/options", null, 403));
        var options = (await jane.Post("auth/step-up/options"))!["publicKey"]!;
        Assert.Equal("auth.passkey-refused", await jane.Refused("auth/step-up", new { passkey = his.Get(options) }, 422));
        Assert.Equal("auth.challenge-ended", await jane.Refused("auth/step-up", new { passkey = device.Get(options) }, 401));
        options = (await jane.Post("auth/step-up/options"))!["publicKey"]!;
        Assert.Equal(
            "auth.proof-missing",
            await jane.Refused("auth/step-up", new { passkey = device.Get(options), password = SignInApi.Password }, 422));
        options = (await jane.Post("auth/step-up/options"))!["publicKey"]!;
        var before = jane.Secret;
        await jane.Post("auth/step-up", new { passkey = device.Get(options) });
        Assert.NotEqual(before, jane.Secret);
        await jane.Post("me/passkeys/options");
    }

    [Fact]
    public async Task An_answer_that_lies_in_any_part_is_refused()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved(Jane);
        using var device = new SoftAuthenticator { Signatures = 5 };
        await Add(jane, device, null);
        var other = api.Person();
        Action<SoftAuthenticator>[] lies =
        [
            one => one.Origin = "http://localhost:4001", one => one.Origin = "https://localhost:4000",
            one => one.Origin = "http://localhost:4000.example.org", one => one.Origin = "http://LOCALHOST:4000",
            one => one.Domain = "example.org", one => one.Present = false, one => one.Verified = false, one => one.Framed = true,
            one => one.Type = "webauthn.create", one => one.Signatures = 4, one => one.Handle = "dXNyXzE", one => one.Handle = null,
        ];
        foreach (var lie in lies)
        {
            using var liar = new SoftAuthenticator();
            var (origin, signatures, handle) = (device.Origin, device.Signatures, device.Handle);
            lie(device);
            Assert.Equal("auth.passkey-refused", await Refused(other, device));
            (device.Origin, device.Domain, device.Present, device.Verified, device.Framed, device.Type) =
                (origin, "localhost", true, true, false, null);
            (device.Signatures, device.Handle) = (signatures, handle);
        }
        foreach (var part in new[] { "clientDataJSON", "authenticatorData", "signature" })
        {
            var answer = device.Get(await Ask(other));
            var text = $"{answer["response"]![part]}";
            answer["response"]![part] = (text[0] == 'A' ? 'B' : 'A') + text[1..];
            Assert.Equal("auth.passkey-refused", await other.Refused("auth/passkeys", new { credential = answer }, 401));
        }
        using var stranger = new SoftAuthenticator { Handle = device.Handle };
        Assert.Equal("auth.passkey-refused", await Refused(other, stranger));
        using var forged = new SoftAuthenticator { Handle = device.Handle, Id = device.Id, Signatures = 100 };
        Assert.Equal("auth.passkey-refused", await Refused(other, forged));
        Assert.Null(other.Secret);
        await other.Post("auth/passkeys", new { credential = device.Get(await Ask(other)) });
        Assert.NotNull(other.Secret);
    }

    [Fact]
    public async Task A_challenge_is_answered_once_in_time_and_in_the_browser_that_asked()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved(Jane);
        using var device = new SoftAuthenticator();
        await Add(jane, device, null);
        var browser = api.Person();
        var options = await Ask(browser);
        var held = browser.Challenge;
        var answer = device.Get(options);
        await browser.Post("auth/passkeys", new { credential = answer });
        Assert.Null(browser.Challenge);
        var thief = api.Person();
        thief.Challenge = held;
        Assert.Equal("auth.challenge-ended", await thief.Refused("auth/passkeys", new { credential = answer }, 401));

        answer = device.Get(await Ask(browser));
        // In another browser, whether it was asked something or not.
        Assert.Equal("auth.challenge-ended", await api.Person().Refused("auth/passkeys", new { credential = answer }, 401));
        var asked = api.Person();
        await Ask(asked);
        Assert.Equal("auth.passkey-refused", await asked.Refused("auth/passkeys", new { credential = answer }, 401));
        // A refused answer uses it up as well.
        Assert.Equal("auth.challenge-ended", await asked.Refused("auth/passkeys", new { credential = answer }, 401));

        answer = device.Get(await Ask(browser));
        api.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("auth.challenge-ended", await browser.Refused("auth/passkeys", new { credential = answer }, 401));
        // One to sign in does not add a passkey, and one user's is not another's.
        var add = (await jane.Post("me/passkeys/options"))!["publicKey"]!;
        var john = await api.SignUpProved("john@example.org");
        john.Challenge = jane.Challenge;
        using var his = new SoftAuthenticator();
        Assert.Equal("auth.challenge-ended", await john.Refused("me/passkeys", new { credential = his.Create(add) }, 401));
    }

    [Fact]
    public async Task What_is_no_answer_is_refused_with_what_is_wrong()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved(Jane);
        using var device = new SoftAuthenticator();
        foreach (var (part, value) in new (string, JsonNode?)[]
        {
            ("attestationObject", "oGNmbXQ"), ("attestationObject", "////"), ("attestationObject", ""), ("attestationObject", 5),
            ("attestationObject", new string('A', 20_000)), ("clientDataJSON", "e30"), ("clientDataJSON", "W10"), ("clientDataJSON", null),
        })
        {
            var answer = device.Create((await jane.Post("me/passkeys/options"))!["publicKey"]!);
            answer["response"]![part] = value;
            Assert.Equal("auth.passkey-refused", await jane.Refused("me/passkeys", new { credential = answer }, 422));
        }
        foreach (var answer in new object[] { new { }, new { response = 5 }, new { id = "AA", response = new { } }, new { id = (string?)null } })
        {
            await jane.Post("me/passkeys/options");
            Assert.Equal("auth.passkey-refused", await jane.Refused("me/passkeys", new { credential = answer }, 422));
            await Ask(jane);
            Assert.Equal("auth.passkey-refused", await jane.Refused("auth/passkeys", new { credential = answer }, 401));
        }
        foreach (var body in new object[]
        {
            new { }, new { credential = "text" }, new { credential = 1 }, new { credential = Array.Empty<int>() },
            new { credential = new { id = new string('A', 33_000) } }, new { credential = new { }, more = 1 },
        }) Assert.Equal("api.field-invalid", await jane.Refused("auth/passkeys", body, 400));
        Assert.Equal("api.body-large", await jane.Refused("auth/passkeys", new { credential = new { id = new string('A', 1_100_000) } }, 413));
        Assert.Equal("api.body-invalid", await jane.Refused("auth/passkeys", "{\"credential\":", 400));
        Assert.Equal(
            "api.body-invalid", await jane.Refused("auth/passkeys", $"{{\"credential\":{new string('[', 100)}{new string(']', 100)}}}", 400));
        var unverified = device.Create((await jane.Post("me/passkeys/options"))!["publicKey"]!);
        device.Verified = false;
        unverified = device.Create((await jane.Post("me/passkeys/options"))!["publicKey"]!);
        Assert.Equal("auth.passkey-refused", await jane.Refused("me/passkeys", new { credential = unverified }, 422));
        Assert.Equal(0, await api.Scalar("SELECT count(*) FROM tenants.passkeys"));
        Assert.DoesNotContain(jane.Secrets, secret => api.Log.Text.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_passkey_belongs_to_one_account_and_an_account_has_twenty()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved(Jane);
        using var device = new SoftAuthenticator();
        await Add(jane, device, null);
        var john = await api.SignUpProved("john@example.org");
        var again = device.Create((await john.Post("me/passkeys/options"))!["publicKey"]!);
        Assert.Equal("auth.passkey-refused", await john.Refused("me/passkeys", new { credential = again }, 422));
        var id = (await jane.Get("me/passkeys"))!["data"]![0]!["id"];
        Assert.Equal("tenants.passkey-unknown", await john.Refused($"me/passkeys/{id}/remove", null, 404));
        Assert.Equal("tenants.passkey-unknown", (await john.Put($"me/passkeys/{id}", new { name = "Mine" }, 404))!["code"]!.ToString());
        var excluded = (await jane.Post("me/passkeys/options"))!["publicKey"]!["excludeCredentials"]!.AsArray();
        Assert.Single(excluded);
        for (var i = 1; i < 20; i++)
        {
            using var next = new SoftAuthenticator();
            await Add(jane, next, $"Key {i}");
        }
        Assert.Equal("tenants.passkeys-full", await jane.Refused("me/passkeys/options", null, 409));
    }

    [Fact]
    public async Task Nobody_removes_the_last_way_in_or_comes_in_where_suspended_or_reset()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved(Jane);
        using var device = new SoftAuthenticator();
        var id = (await Add(jane, device, null))["passkey"]!["id"]!.ToString();
        await api.Scalar("WITH gone AS (UPDATE tenants.users SET password_hash = NULL RETURNING 1) SELECT count(*) FROM gone");
        Assert.Equal("auth.last-means", await jane.Refused($"me/passkeys/{id}/remove", null, 409));
        var other = api.Person();
        await other.Post("auth/passkeys", new { credential = device.Get(await Ask(other)) });

        var user = WireId.TryParse<UserId>((await jane.Get("me"))!["id"]!.ToString(), out var read) ? read : default;
        var users = api.Get<IUsers>();
        Assert.True((await users.Suspend(user, "test", Actor.System)).Ok);
        await jane.Get("me", 401);
        Assert.Equal("auth.user-suspended", await Refused(api.Person(), device, 403));
        Assert.True((await users.Resume(user, Actor.System)).Ok);
        // Whoever lost the device is let in by the operator, and the device is not.
        Assert.True((await users.ResetFactors(user, Actor.System)).Ok);
        Assert.Equal("auth.passkey-refused", await Refused(api.Person(), device));
    }

    [Fact]
    public async Task What_somebody_left_in_an_account_before_its_address_was_proved_opens_nothing_after_a_new_password()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var squatter = await api.SignUp(Jane);
        using var device = new SoftAuthenticator();
        await Add(squatter, device, null);
        var jane = api.Person();
        await jane.Post("auth/reset", new { email = Jane }, 202);
        await jane.Post("auth/reset/confirm", new { token = await api.LinkTo(Jane, MailTemplates.Reset), password = "another horse battery" }, 204);
        Assert.Equal("auth.passkey-refused", await Refused(api.Person(), device));
        Assert.NotNull((await jane.Post("auth/sign-in", new { email = Jane, password = "another horse battery" }))!["session"]);
    }

    [Fact]
    public async Task Passkeys_are_closed_where_the_address_is_a_number_or_without_tls()
    {
        foreach (var address in new[] { "http://192.0.2.1:4000", "https://192.0.2.1", "http://gateway.example.org" })
        {
            await using var api = await SignInApi.Start(
                await postgres.CreateDatabase(), tenants => tenants.PublicUrl = new Uri(address));
            Assert.False(api.Get<IPasskeys>().AreOffered);
            Assert.Equal("auth.passkeys-closed", await api.Person().Refused("auth/passkeys/options", new { }, 409));
        }
    }

    [Fact]
    public async Task Asking_without_end_is_told_to_wait_and_what_nobody_answered_is_swept()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var bot = api.Person();
        for (var i = 0; i < 120; i++) await bot.Post("auth/passkeys/options", new { });
        Assert.Equal("auth.too-many", await bot.Refused("auth/passkeys/options", new { }, 429));
        Assert.Equal(120, await api.Scalar("SELECT count(*) FROM tenants.challenges"));
        api.Time.Advance(TimeSpan.FromMinutes(6));
        await api.Get<Platform.Tenants.Inside.Sweep>().Once(TestContext.Current.CancellationToken);
        Assert.Equal(0, await api.Scalar("SELECT count(*) FROM tenants.challenges"));
    }

    /// <summary>Registers a device in a signed-in account.</summary>
    internal static async Task<JsonNode> Add(Person person, SoftAuthenticator device, string? name)
    {
        var options = (await person.Post("me/passkeys/options"))!["publicKey"]!;
        Assert.Equal("required", $"{options["authenticatorSelection"]!["userVerification"]}");
        Assert.Equal("localhost", $"{options["rp"]!["id"]}");
        var credential = device.Create(options);
        object body = name is null ? new { credential } : new { name, credential };
        return (await person.Post("me/passkeys", body, 201))!;
    }

    private static async Task<JsonNode> Ask(Person person, string? ticket = null)
    {
        object body = ticket is null ? new { } : new { ticket };
        return (await person.Post("auth/passkeys/options", body))!["publicKey"]!;
    }

    private static async Task<string> Refused(Person person, SoftAuthenticator device, int status = 401) =>
        await person.Refused("auth/passkeys", new { credential = device.Get(await Ask(person)) }, status);

    private static async Task<string> Ticket(Person person) =>
        $"{(await person.Post("auth/sign-in", SignIn))!["secondFactor"]!["ticket"]}";
}
