using System.Net.Http.Headers;
using Sluice.Integration.Postgres;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.SignIn;

public sealed class PasswordSignInTests(PostgresCluster postgres)
{
    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_are_refused_alike()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        await api.SignUpProved("jane@example.org");
        var wrong = await api.Person().Post("auth/sign-in", new { email = "jane@example.org", password = "not the password" }, 401);
        var unknown = await api.Person().Post("auth/sign-in", new { email = "john@example.org", password = "not the password" }, 401);
        Assert.Equal(unknown!.ToJsonString(), wrong!.ToJsonString());
        Assert.Equal("auth.sign-in-refused", $"{wrong["code"]}");
        var jane = api.Person();
        await jane.Post("auth/sign-in", new { email = "JANE@example.org", password = SignInApi.Password });
        Assert.Equal("jane@example.org", $"{(await jane.Get("me"))!["email"]}");
    }

    [Fact]
    public async Task Guessing_waits_longer_each_time_and_the_owner_still_gets_in_from_a_known_network()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        await api.SignUpProved("jane@example.org");
        var wrong = new { email = "jane@example.org", password = "not the password" };
        var attacker = api.Person();
        for (var i = 0; i < 5; i++) await attacker.Refused("auth/sign-in", wrong, 401);
        var right = new { email = "jane@example.org", password = SignInApi.Password };
        Assert.Equal("auth.too-many", await attacker.Refused("auth/sign-in", right, 429));
        Assert.Equal("15", attacker.Last!.Headers.RetryAfter?.ToString());
        api.Time.Advance(TimeSpan.FromSeconds(15));
        await attacker.Refused("auth/sign-in", wrong, 401);
        api.Time.Advance(TimeSpan.FromSeconds(29));
        await attacker.Refused("auth/sign-in", right, 429);
        Assert.Equal("1", attacker.Last!.Headers.RetryAfter?.ToString());
        api.Time.Advance(TimeSpan.FromSeconds(1));
        await api.Person().Post("auth/sign-in", right);
        // The right password begins anew.
        for (var i = 0; i < 5; i++) await attacker.Refused("auth/sign-in", wrong, 401);
    }

    [Fact]
    public async Task Many_guesses_at_once_do_not_pass_the_count_together()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        await api.SignUpProved("jane@example.org");
        var wrong = new { email = "jane@example.org", password = "not the password" };
        var statuses = await Task.WhenAll(Enumerable.Range(0, 15).Select(async _ =>
        {
            var guess = api.Person();
            using var answer = await Raw(api, "auth/sign-in", wrong);
            return (int)answer.StatusCode;
        }));
        Assert.Equal(5, statuses.Count(status => status == 401));
        Assert.All(statuses, status => Assert.Contains(status, new[] { 401, 429 }));
    }

    [Fact]
    public async Task A_reset_is_answered_alike_for_every_address_and_its_link_works_once()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved("jane@example.org");
        var elsewhere = api.Person();
        await elsewhere.Post("auth/sign-in", new { email = "jane@example.org", password = SignInApi.Password });
        Assert.Null(await api.Person().Post("auth/reset", new { email = "nobody@example.org" }, 202));
        Assert.Null(await api.Person().Post("auth/reset", new { email = "jane@example.org" }, 202));
        var token = await api.LinkTo("jane@example.org", MailTemplates.Reset);
        await api.Settled();
        Assert.Empty(api.Mails.To("nobody@example.org"));

        const string next = "a wholly other password";
        // A weak one does not use up the link.
        Assert.Equal("auth.password-weak", await api.Person().Refused("auth/reset/confirm", new { token, password = "short" }, 422));
        await api.Person().Post("auth/reset/confirm", new { token, password = next }, 204);
        Assert.Equal("auth.link-ended", await api.Person().Refused("auth/reset/confirm", new { token, password = next }, 410));
        await jane.Get("me", 401);
        await elsewhere.Get("me", 401);
        await api.Person().Refused("auth/sign-in", new { email = "jane@example.org", password = SignInApi.Password }, 401);
        await api.Person().Post("auth/sign-in", new { email = "jane@example.org", password = next });
        await api.MailTo("jane@example.org", MailTemplates.PasswordChanged);
    }

    [Fact]
    public async Task Asking_for_resets_is_slowed_down_for_every_address_alike()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        await api.SignUpProved("jane@example.org");
        foreach (var email in new[] { "jane@example.org", "nobody@example.org" })
        {
            for (var i = 0; i < 4; i++) await api.Person().Post("auth/reset", new { email }, 202);
            Assert.Equal("auth.too-many", await api.Person().Refused("auth/reset", new { email }, 429));
        }
    }

    [Fact]
    public async Task A_new_password_takes_the_present_one_and_ends_the_other_sessions()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved("jane@example.org");
        var other = api.Person();
        await other.Post("auth/sign-in", new { email = "jane@example.org", password = SignInApi.Password });
        const string next = "a wholly other password";
        Assert.Equal("auth.password-wrong", await jane.Refused("me/password", new { present = "wrong one here", next }, 422));
        Assert.Equal(
            "auth.password-weak", await jane.Refused("me/password", new { present = SignInApi.Password, next = "password1234" }, 422));
        await jane.Post("me/password", new { present = SignInApi.Password, next }, 204);
        await jane.Get("me");
        await other.Get("me", 401);
        await api.Person().Post("auth/sign-in", new { email = "jane@example.org", password = next });
    }

    [Fact]
    public async Task A_password_hashed_with_fewer_rounds_is_hashed_again_at_the_next_sign_in()
    {
        var database = await postgres.CreateDatabase();
        string old;
        await using (var before = await SignInApi.Start(database, tenants => tenants.HashRounds = 210_000))
        {
            await before.SignUpProved("jane@example.org");
            old = await Hash(before);
        }
        await using var api = await SignInApi.Start(database, tenants => tenants.HashRounds = 230_000);
        await api.Person().Post("auth/sign-in", new { email = "jane@example.org", password = SignInApi.Password });
        var stronger = await Hash(api);
        Assert.NotEqual(old, stronger);
        await api.Person().Post("auth/sign-in", new { email = "jane@example.org", password = SignInApi.Password });
        Assert.Equal(stronger, await Hash(api));
        // The rounds stand in the hash, in network order after the format and the function.
        Assert.Equal(230_000, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(Convert.FromBase64String(stronger).AsSpan(5)));
    }

    [Fact]
    public async Task A_new_address_counts_once_its_link_is_opened_and_the_old_one_is_told()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved("jane@example.org");
        await jane.Post("me/email", new { email = "jane@example.net" }, 202);
        var token = await api.LinkTo("jane@example.net", MailTemplates.ChangeEmail);
        Assert.Equal("jane@example.org", $"{(await jane.Get("me"))!["email"]}");
        await api.Person().Post("me/email/confirm", new { token }, 401);
        Assert.Equal("jane@example.net", $"{(await jane.Post("me/email/confirm", new { token }))!["email"]}");
        Assert.Equal("jane@example.net", (await api.MailTo("jane@example.org", MailTemplates.EmailChanged)).Values["email"]);
        await api.Person().Post("auth/sign-in", new { email = "jane@example.net", password = SignInApi.Password });
        await api.Person().Refused("auth/sign-in", new { email = "jane@example.org", password = SignInApi.Password }, 401);

        // One that another account has proved is not told of, and its link never comes.
        await api.SignUpProved("john@example.org");
        await jane.Post("me/email", new { email = "john@example.org" }, 202);
        await api.Settled();
        Assert.DoesNotContain(api.Mails.To("john@example.org"), mail => mail.Template == MailTemplates.ChangeEmail);
        api.Time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal("access.step-up", await jane.Refused("me/email", new { email = "other@example.org" }, 403));
    }

    [Fact]
    public async Task A_profile_takes_a_name_and_a_time_zone_that_exist()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUp("jane@example.org");
        var me = (await jane.Patch("me", new { name = " Jane Doe ", timeZone = "Europe/Berlin" }))!;
        Assert.Equal(("Jane Doe", "Europe/Berlin"), ($"{me["name"]}", $"{me["timeZone"]}"));
        foreach (var timeZone in new[] { "Nowhere/City", "../../etc/passwd", "posixrules", "", "<b>" })
            await jane.Patch("me", new { timeZone }, 400);
        foreach (var name in new[] { "", "<b>", "a\u202eb", "a\0b" }) await jane.Patch("me", new { name }, 400);
        Assert.Equal("Jane Doe", $"{(await jane.Get("me"))!["name"]}");
    }

    private static async Task<HttpResponseMessage> Raw(SignInApi api, string path, object body)
    {
        using var http = new HttpClient();
        using var content = new StringContent(
            System.Text.Json.JsonSerializer.Serialize(body), new MediaTypeHeaderValue("application/json"));
        return await http.PostAsync(new Uri(api.Url, "/api/v1/" + path), content);
    }

    private static async Task<string> Hash(SignInApi api)
    {
        await using var command = api.Get<Npgsql.NpgsqlDataSource>().CreateCommand("SELECT password_hash FROM tenants.users");
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
