using Sluice.Integration.Postgres;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Factors;
using Xunit;

namespace Sluice.Integration.SignIn;

/// <summary>Nothing that opens something is written where others read, whatever is logged and whatever fails.</summary>
public sealed class SecretsTests(PostgresCluster postgres)
{
    [Fact]
    public async Task A_whole_journey_leaves_no_secret_in_the_log_or_the_tables()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        const string next = "a wholly other password", wrong = "a password that is wrong", last = "the third password of all";
        var jane = await api.SignUp("jane@example.org");
        var verify = await api.LinkTo("jane@example.org", MailTemplates.Verify);
        await jane.Post("auth/verify", new { token = verify });
        var app = (await jane.Post("me/factors/totp"))!;
        var bytes = Decode($"{app["secret"]}");
        var code = Totp.Code(bytes, Totp.StepAt(api.Time.GetUtcNow()));
        var recovery = (await jane.Post("me/factors/totp/confirm", new { code }))!["codes"]!.AsArray().Select(one => $"{one}").ToArray();
        await jane.Post("me/password", new { present = SignInApi.Password, next }, 204);
        await api.Person().Refused("auth/sign-in", new { email = "jane@example.org", password = wrong }, 401);
        var ticket = $"{(await api.Person().Post("auth/sign-in", new { email = "jane@example.org", password = next }))!["secondFactor"]!["ticket"]}";
        var other = api.Person();
        await other.Post("auth/second-factor", new { ticket, code = recovery[0] });
        await jane.Post("auth/step-up", new { password = next });
        await jane.Post("me/email", new { email = "jane@example.net" }, 202);
        var change = await api.LinkTo("jane@example.net", MailTemplates.ChangeEmail);
        await jane.Post("me/email/confirm", new { token = change });
        await api.Person().Post("auth/reset", new { email = "jane@example.net" }, 202);
        var reset = await api.LinkTo("jane@example.net", MailTemplates.Reset);
        await api.Person().Post("auth/reset/confirm", new { token = reset, password = last }, 204);
        var console = (await api.Get<IFirstOperators>().Ensure()).Value!.Link.Split("token=")[1];
        // Where parts fail, faults are logged.
        await api.Person().Post("auth/first-operator", new { token = console, email = "ops@example.org", password = wrong, bad = 1 }, 400);
        await api.Settled();

        string[] secrets =
        [
            SignInApi.Password, next, wrong, last, verify, ticket, change, reset, console, $"{app["secret"]}", code,
            Convert.ToBase64String(bytes), .. recovery, .. jane.Secrets, .. other.Secrets,
        ];
        var log = api.Log.Text;
        Assert.True(api.Log.Count > 100, "The log tells nothing at all.");
        Assert.DoesNotContain(secrets, secret => log.Contains(secret, StringComparison.OrdinalIgnoreCase));
        foreach (var secret in secrets.Where(secret => secret != code))
        {
            Assert.Equal(0, await api.Scalar($"""
                SELECT (SELECT count(*) FROM tenants.users t WHERE t::text ILIKE '%{secret}%')
                    + (SELECT count(*) FROM tenants.links t WHERE t::text ILIKE '%{secret}%')
                    + (SELECT count(*) FROM tenants.sessions t WHERE t::text ILIKE '%{secret}%')
                    + (SELECT count(*) FROM tenants.recovery_codes t WHERE t::text ILIKE '%{secret}%')
                    + (SELECT count(*) FROM jobs.outbox t WHERE t::text ILIKE '%{secret}%')
                    + (SELECT count(*) FROM audit.events t WHERE t::text ILIKE '%{secret}%')
                """));
        }
    }

    private static byte[] Decode(string base32)
    {
        var bits = string.Concat(base32.Select(c => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c), 2).PadLeft(5, '0')));
        return [.. Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(i * 8, 8), 2))];
    }
}
