using Sluice.Integration.Postgres;
using Xunit;

namespace Sluice.Integration.SignIn;

/// <summary>Whoever reads the log sees who tried what, and reads no secret there.</summary>
public sealed class SecurityLogTests(PostgresCluster postgres)
{
    [Fact]
    public async Task Failed_sign_ins_are_logged_by_network_and_reason_and_never_by_what_was_typed()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        await api.SignUpProved("jane@example.org");
        var wrong = new { email = "jane@example.org", password = "not the password" };
        for (var i = 0; i < 5; i++) await api.Person().Refused("auth/sign-in", wrong, 401);
        await api.Person().Refused("auth/sign-in", wrong, 429);
        await api.Person().Refused("auth/second-factor", new { ticket = "a ticket of nobody", code = "123456" }, 401);
        var nothing = new { message = "sign me in", signature = "0x" + new string('1', 130) };
        await api.Person().Refused("auth/wallet", nothing, 422);
        await api.Person().Refused("auth/passkeys", new { credential = new { id = "of nobody" } }, 401);
        var told = api.Log.Text.Split('\n').Where(line => line.StartsWith("Not signed in by ", StringComparison.Ordinal)).ToList();
        Assert.Single(told, line => line.StartsWith("Not signed in by wallet", StringComparison.Ordinal));
        Assert.Single(told, line => line.StartsWith("Not signed in by passkey (auth.challenge-ended) from 127.0.0.0/24", StringComparison.Ordinal));
        Assert.Equal(5, told.Count(line => line.Contains("by password (auth.sign-in-refused) from 127.0.0.0/24", StringComparison.Ordinal)));
        Assert.Single(told, line => line.StartsWith("Not signed in by code", StringComparison.Ordinal));
        Assert.All(told, line => Assert.DoesNotContain("jane", line, StringComparison.Ordinal));
        Assert.Contains("Too many attempts (guess.network, password.", api.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("a ticket of nobody", api.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_one_may_not_is_logged_with_who_asked_and_what_was_asked_for()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUpProved("jane@example.org");
        var user = $"{(await jane.Get("me"))!["id"]}";
        await jane.Get("users", 403);
        var organization = Sluice.Kernel.WireId.New<Sluice.Kernel.OrganizationId>();
        await jane.Get($"organizations/{organization}/members", 404);
        await api.Person().Get("me", 401);
        var told = api.Log.Text.Split('\n').Where(line => line.StartsWith("Refused GET ", StringComparison.Ordinal)).ToList();
        Assert.Contains(told, line => line.Contains($"/users (access.denied) to {user} of 127.0.0.0/24", StringComparison.Ordinal));
        // By its pattern: an address may hold what nobody should read.
        Assert.Contains(told, line => line.Contains("{org}/members (tenants.organization-unknown) to " + user, StringComparison.Ordinal));
        Assert.Contains(told, line => line.Contains("/me (auth.token-invalid) to nobody", StringComparison.Ordinal));
        Assert.All(told, line => Assert.DoesNotContain($"{organization}", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Signing_out_tells_the_browser_to_forget_what_it_kept()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUp("jane@example.org");
        await jane.Post("auth/sign-out", null, 204);
        Assert.Equal("\"cache\", \"storage\"", Assert.Single(jane.Last!.Headers.GetValues("Clear-Site-Data")));
        Assert.Null(jane.Secret);
    }
}
