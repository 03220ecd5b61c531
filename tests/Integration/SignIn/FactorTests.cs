using System.Text.Json.Nodes;
using Sluice.Integration.Postgres;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Factors;
using Xunit;

namespace Sluice.Integration.SignIn;

public sealed class FactorTests(PostgresCluster postgres)
{
    private static readonly object SignIn = new { email = "jane@example.org", password = SignInApi.Password };

    [Fact]
    public async Task An_authenticator_app_is_asked_for_at_sign_in_and_each_code_counts_once()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved("jane@example.org");
        var (app, recovery) = await Enrol(api, jane);
        Assert.Equal(10, recovery.Length);
        Assert.Equal("added", (await api.MailTo("jane@example.org", MailTemplates.FactorChanged)).Values["change"]);

        var other = api.Person();
        var ticket = await Ticket(other);
        Assert.Null(other.Secret);
        // The code that confirmed the app is used up.
        Assert.Equal("auth.code-wrong", await other.Refused("auth/second-factor", new { ticket, code = app.Code(0) }, 422));
        api.Time.Advance(TimeSpan.FromSeconds(30));
        await other.Post("auth/second-factor", new { ticket, code = app.Code(0) });
        await other.Get("me");
        Assert.Equal("auth.ticket-ended", await api.Person().Refused("auth/second-factor", new { ticket, code = app.Code(0) }, 401));
        var third = api.Person();
        var next = await Ticket(third);
        Assert.Equal("auth.code-wrong", await third.Refused("auth/second-factor", new { ticket = next, code = app.Code(0) }, 422));

        await third.Post("auth/second-factor", new { ticket = next, code = recovery[3].ToUpperInvariant().Replace("-", " ", StringComparison.Ordinal) });
        Assert.Equal("9", $"{(await third.Get("me/factors"))!["recoveryCodesLeft"]}");
        var fourth = api.Person();
        Assert.Equal(
            "auth.code-wrong", await fourth.Refused("auth/second-factor", new { ticket = await Ticket(fourth), code = recovery[3] }, 422));
    }

    [Fact]
    public async Task Where_a_second_factor_is_demanded_only_the_own_account_is_open_until_there_is_one()
    {
        await using var api = await SignInApi.Start(
            await postgres.CreateDatabase(), options => options.SecondFactor = SecondFactorDemand.Everybody);
        var jane = await api.SignUpProved("jane@example.org");
        await jane.Get("me/sessions");
        Assert.Equal("access.factor-needed", await jane.Refused("organizations", new { name = "More" }, 403));
        await jane.Get("organizations", 403);
        await Enrol(api, jane);
        await jane.Post("organizations", new { name = "More" }, 201);
        await jane.Post("me/factors/totp/remove", null, 204);
        await jane.Get("organizations", 403);
    }

    [Fact]
    public async Task A_second_factor_may_be_demanded_of_operators_alone()
    {
        await using var api = await SignInApi.Start(
            await postgres.CreateDatabase(), options => options.SecondFactor = SecondFactorDemand.Operators);
        var jane = await api.SignUpProved("jane@example.org");
        await jane.Get("organizations");
        await api.Scalar("UPDATE tenants.users SET platform_role = 'viewer' RETURNING 1");
        await jane.Get("organizations", 403);
        await jane.Get("users", 403);
        await Enrol(api, jane);
        await jane.Get("users");
    }

    [Fact]
    public async Task A_ticket_takes_five_codes_and_five_minutes()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved("jane@example.org");
        var (app, _) = await Enrol(api, jane);
        api.Time.Advance(TimeSpan.FromSeconds(30));
        var guesser = api.Person();
        var ticket = await Ticket(guesser);
        for (var i = 0; i < 5; i++) await guesser.Refused("auth/second-factor", new { ticket, code = "000000" }, 422);
        Assert.Equal("auth.ticket-ended", await guesser.Refused("auth/second-factor", new { ticket, code = app.Code(0) }, 401));
        // Another ticket does not begin anew.
        ticket = await Ticket(guesser);
        Assert.Equal("auth.too-many", await guesser.Refused("auth/second-factor", new { ticket, code = app.Code(0) }, 429));
        api.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("auth.ticket-ended", await guesser.Refused("auth/second-factor", new { ticket, code = app.Code(0) }, 401));
        ticket = await Ticket(guesser);
        await guesser.Post("auth/second-factor", new { ticket, code = app.Code(0) });
    }

    [Fact]
    public async Task What_touches_factors_asks_for_a_fresh_session_which_a_password_or_a_code_makes_under_another_secret()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved("jane@example.org");
        api.Time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal("access.step-up", await jane.Refused("me/factors/totp", null, 403));
        Assert.Equal("auth.password-wrong", await jane.Refused("auth/step-up", new { password = "not the password" }, 422));
        Assert.Equal("auth.proof-missing", await jane.Refused("auth/step-up", new { }, 422));
        var before = jane.Secret!;
        await jane.Post("auth/step-up", new { password = SignInApi.Password });
        Assert.NotEqual(before, jane.Secret);
        var (app, _) = await Enrol(api, jane);
        var thief = api.Person();
        thief.Secret = before;
        await thief.Get("me", 401);

        api.Time.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal("access.step-up", await jane.Refused("me/factors/recovery-codes", null, 403));
        await jane.Post("auth/step-up", new { code = app.Code(0) });
        Assert.Equal(10, (await jane.Post("me/factors/recovery-codes"))!["codes"]!.AsArray().Count);
        await jane.Post("me/factors/totp/remove", null, 204);
        Assert.Equal("""{"totp":false,"passkeys":0,"recoveryCodesLeft":0}""", (await jane.Get("me/factors"))!.ToJsonString());
        Assert.Equal("auth.totp-none", await jane.Refused("me/factors/totp/remove", null, 409));
        await api.Person().Post("auth/sign-in", SignIn);
    }

    [Fact]
    public async Task A_secret_counts_once_it_is_confirmed_and_stands_nowhere_in_clear()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved("jane@example.org");
        Assert.Equal("auth.totp-not-begun", await jane.Refused("me/factors/totp/confirm", new { code = "123456" }, 409));
        var enrolment = (await jane.Post("me/factors/totp"))!;
        Assert.StartsWith("otpauth://totp/Sluice:jane%40example.org?secret=", $"{enrolment["uri"]}", StringComparison.Ordinal);
        Assert.Equal("auth.code-wrong", await jane.Refused("me/factors/totp/confirm", new { code = "000000" }, 422));
        Assert.NotNull((await api.Person().Post("auth/sign-in", SignIn))!["session"]);
        await Enrol(api, jane);
        Assert.Equal(0, await api.Scalar($"SELECT count(*) FROM tenants.users WHERE users::text LIKE '%{enrolment["secret"]}%'"));
    }

    [Fact]
    public async Task A_secret_waits_for_its_code_in_the_session_that_asked_and_for_an_hour()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved("jane@example.org");
        var other = api.Person("curl/8.5.0");
        await other.Post("auth/sign-in", SignIn);
        var app = new App($"{(await other.Post("me/factors/totp"))!["secret"]}", api);
        // Whoever had it shown to him elsewhere does not get its owner to put it in force.
        Assert.Equal("auth.totp-not-begun", await jane.Refused("me/factors/totp/confirm", new { code = app.Code(0) }, 409));
        api.Time.Advance(TimeSpan.FromMinutes(61));
        await other.Post("auth/step-up", new { password = SignInApi.Password });
        Assert.Equal("auth.totp-not-begun", await other.Refused("me/factors/totp/confirm", new { code = app.Code(0) }, 409));
        app = new App($"{(await other.Post("me/factors/totp"))!["secret"]}", api);
        await other.Post("me/factors/totp/confirm", new { code = app.Code(0) });
    }

    [Fact]
    public async Task A_reset_by_mail_keeps_the_second_factor_of_a_proved_account_and_clears_that_of_an_unproved_one()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        await Enrol(api, await api.SignUpProved("jane@example.org"));
        await Enrol(api, await api.SignUp("squatted@example.org"));
        foreach (var (email, kept) in new[] { ("jane@example.org", true), ("squatted@example.org", false) })
        {
            await api.Person().Post("auth/reset", new { email }, 202);
            const string password = "a wholly other password";
            await api.Person().Post("auth/reset/confirm", new { token = await api.LinkTo(email, MailTemplates.Reset), password }, 204);
            var step = (await api.Person().Post("auth/sign-in", new { email, password }))!;
            Assert.Equal(kept, step["secondFactor"] is not null);
        }
    }

    private static async Task<(App App, string[] Recovery)> Enrol(SignInApi api, Person person)
    {
        var app = new App($"{(await person.Post("me/factors/totp"))!["secret"]}", api);
        var codes = (await person.Post("me/factors/totp/confirm", new { code = app.Code(0) }))!["codes"]!.AsArray();
        return (app, [.. codes.Select(code => $"{code}")]);
    }

    private static async Task<string> Ticket(Person person)
    {
        JsonNode step = (await person.Post("auth/sign-in", SignIn))!;
        return $"{step["secondFactor"]!["ticket"]}";
    }

    /// <summary>An authenticator app.</summary>
    private sealed class App(string secret, SignInApi api)
    {
        private readonly byte[] _secret = Decode(secret);

        public string Code(int away) => Totp.Code(_secret, Totp.StepAt(api.Time.GetUtcNow()) + away);

        private static byte[] Decode(string base32)
        {
            var bits = string.Concat(base32.Select(c => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c), 2).PadLeft(5, '0')));
            return [.. Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(i * 8, 8), 2))];
        }
    }
}
