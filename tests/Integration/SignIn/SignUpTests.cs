using System.Security.Cryptography;
using System.Text;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.SignIn;

public sealed class SignUpTests(PostgresCluster postgres)
{
    [Fact]
    public async Task A_password_that_was_in_a_breach_is_not_taken()
    {
        using var folder = new TemporaryDirectory("breaches");
        var file = folder["passwords.txt"];
        var hash = CryptographicOperations.HashData(HashAlgorithmName.SHA1, Encoding.UTF8.GetBytes(SignInApi.Password));
        await File.WriteAllTextAsync(file, $"{Convert.ToHexString(hash)}:7\n");
        await using var api = await SignInApi.Start(
            await postgres.CreateDatabase(), options => options.BreachedPasswords = file);
        var refused = await api.Person().Post("auth/sign-up", new { email = "jane@example.org", password = SignInApi.Password }, 422);
        Assert.Contains("breach", $"{refused!["faults"]![0]}", StringComparison.Ordinal);
        await api.Person().Post("auth/sign-up", new { email = "jane@example.org", password = SignInApi.Password + " too" }, 201);
    }

    [Fact]
    public async Task Signing_up_signs_in_at_once_and_the_link_in_the_mail_proves_the_address()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = api.Person();
        var begun = await jane.Post("auth/sign-up", new { email = " Jane@Example.org ", password = SignInApi.Password, name = "Jane" }, 201);
        var cookie = jane.Last!.Headers.GetValues("Set-Cookie").Single();
        foreach (var part in new[] { "__Host-sluice=", "; path=/", "; secure", "; samesite=lax", "; httponly" })
            Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(jane.Secret!, begun!.ToJsonString(), StringComparison.Ordinal);

        var me = (await jane.Get("me"))!;
        Assert.Equal(("jane@example.org", "Jane", "UTC"), ($"{me["email"]}", $"{me["name"]}", $"{me["timeZone"]}"));
        Assert.Null(me["emailVerifiedAt"]);
        var token = await api.LinkTo("jane@example.org", MailTemplates.Verify);
        me = (await jane.Post("auth/verify", new { token }, 200))!;
        Assert.NotNull(me["emailVerifiedAt"]);
        Assert.Equal("auth.link-ended", await jane.Refused("auth/verify", new { token }, 410));
        Assert.Equal("tenants.email-proved", await jane.Refused("auth/verify/resend", null, 409));
    }

    [Fact]
    public async Task Signing_up_does_not_tell_whether_the_address_has_an_account_and_its_owner_learns_of_it()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var owner = await api.SignUpProved("owner@example.org");
        var stranger = api.Person();
        var first = await stranger.Post("auth/sign-up", new { email = "owner@example.org", password = "another long password" }, 201);
        var other = api.Person();
        var second = await other.Post("auth/sign-up", new { email = "nobody@example.org", password = "another long password" }, 201);
        Assert.Equal(Shape(first!), Shape(second!));
        Assert.Equal(Shape((await stranger.Get("me"))!), Shape((await other.Get("me"))!));

        var mail = await api.MailTo("owner@example.org", MailTemplates.AlreadySignedUp);
        Assert.DoesNotContain("token", mail.Values["link"], StringComparison.Ordinal);
        await stranger.Post("auth/verify/resend", null, 202);
        await api.Settled();
        Assert.Single(api.Mails.To("owner@example.org"), one => one.Template == MailTemplates.Verify);
        // Both go on signing in, each to its own.
        var ownersId = $"{(await owner.Get("me"))!["id"]}";
        Assert.Equal(ownersId, $"{(await api.Person().Post("auth/sign-in", new { email = "owner@example.org", password = SignInApi.Password }))!["user"]}");
        Assert.Equal($"{first!["user"]}", $"{(await api.Person().Post("auth/sign-in", new { email = "owner@example.org", password = "another long password" }))!["user"]}");
    }

    [Fact]
    public async Task A_link_that_proves_an_address_counts_in_the_account_alone_that_asked_for_it()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        // Somebody signs up with the address of another, who opens the link without an account or with an own one.
        await api.SignUp("victim@example.org");
        var token = await api.LinkTo("victim@example.org", MailTemplates.Verify);
        await api.Person().Post("auth/verify", new { token }, 401);
        var victim = await api.SignUp("victim@example.org");
        Assert.Equal("auth.link-foreign", await victim.Refused("auth/verify", new { token }, 409));
        Assert.Equal(0, await api.Scalar("SELECT count(*) FROM tenants.users WHERE email_verified_at IS NOT NULL"));
    }

    [Fact]
    public async Task Of_two_accounts_of_one_address_the_first_that_proves_it_has_it()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var first = await api.SignUp("one@example.org");
        var firsts = await api.LinkTo("one@example.org", MailTemplates.Verify);
        var second = await api.SignUp("one@example.org");
        await api.Settled();
        var seconds = await api.LinkTo("one@example.org", MailTemplates.Verify);
        Assert.NotEqual(firsts, seconds);
        await second.Post("auth/verify", new { token = seconds }, 200);
        Assert.Equal("tenants.email-taken", await first.Refused("auth/verify", new { token = firsts }, 409));
    }

    [Fact]
    public async Task A_link_ends_after_an_hour_and_with_a_newer_one()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var jane = await api.SignUp("jane@example.org");
        var first = await api.LinkTo("jane@example.org", MailTemplates.Verify);
        await jane.Post("auth/verify/resend", null, 202);
        await api.Settled();
        Assert.Equal("auth.link-ended", await jane.Refused("auth/verify", new { token = first }, 410));
        var second = await api.LinkTo("jane@example.org", MailTemplates.Verify);
        api.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("auth.link-ended", await jane.Refused("auth/verify", new { token = second }, 410));
        Assert.Equal("auth.link-ended", await jane.Refused("auth/verify", new { token = "x" }, 410));
        Assert.Equal("auth.link-ended", await jane.Refused("auth/verify", new { token = new string('a', 43) }, 410));
    }

    [Fact]
    public async Task Sign_up_tells_every_fault_beside_its_field_and_nothing_of_the_password()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var refused = await api.Person().Post("auth/sign-up", new { email = "x", password = "", name = "<b>", extra = 1 }, 400);
        var faults = refused!["faults"]!.AsArray().Select(fault => $"{fault}".Split(':')[0]).Order();
        Assert.Equal(["email", "extra", "name", "password"], faults);
        var weak = await api.Person().Post("auth/sign-up", new { email = "jane@example.org", password = "jane@example.org" }, 422);
        Assert.Equal("auth.password-weak", $"{weak!["code"]}");
        Assert.StartsWith("password: ", $"{weak["faults"]![0]}", StringComparison.Ordinal);
        Assert.Equal(0, await api.Scalar("SELECT count(*) FROM tenants.users"));
    }

    [Fact]
    public async Task Where_sign_up_is_closed_nobody_signs_up()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase(), tenants => tenants.SignUp = SignUpPolicy.Closed);
        Assert.Equal(
            "auth.sign-up-closed",
            await api.Person().Refused("auth/sign-up", new { email = "jane@example.org", password = SignInApi.Password }, 403));
    }

    [Fact]
    public async Task Whoever_signs_up_owns_an_organization_and_invites_once_the_address_is_proved()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase(), tenants => tenants.SignUp = SignUpPolicy.Open);
        var jane = await api.SignUp("jane@example.org");
        var organization = $"{(await jane.Get("organizations"))!["data"]!.AsArray().Single()!["id"]}";
        var invitation = new { email = "john@example.org", role = "developer" };
        Assert.Equal("access.unverified", await jane.Refused($"organizations/{organization}/invitations", invitation, 403));
        await jane.Post("auth/verify", new { token = await api.LinkTo("jane@example.org", MailTemplates.Verify) });
        await jane.Post($"organizations/{organization}/invitations", invitation, 201);
        await api.LinkTo("john@example.org", MailTemplates.Invitation);
    }

    [Fact]
    public async Task Where_sign_up_is_by_invitation_its_link_opens_an_account_of_that_address_with_the_address_proved()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase(), tenants => tenants.SignUp = SignUpPolicy.Invitation);
        var organization = (await api.Get<ITenants>().CreateOrganization("Acme", Sluice.Kernel.Actor.System)).Value.Id;
        await api.Get<IInvitations>().Invite(
            organization, "john@example.org", Sluice.Kernel.OrganizationRole.Developer, Sluice.Kernel.Actor.System);
        var invitation = await api.LinkTo("john@example.org", MailTemplates.Invitation);
        var password = SignInApi.Password;
        foreach (var body in new object[]
        {
            new { email = "john@example.org", password }, new { email = "jane@example.org", password, invitation },
            new { email = "john@example.org", password, invitation = "x" },
        })
        {
            Assert.Equal("auth.invitation-needed", await api.Person().Refused("auth/sign-up", body, 403));
        }
        var john = api.Person();
        await john.Post("auth/sign-up", new { email = "john@example.org", password, invitation }, 201);
        Assert.NotNull((await john.Get("me"))!["emailVerifiedAt"]);
        await john.Post("invitations/accept", new { token = invitation });
        Assert.Equal(2, (await john.Get("organizations"))!["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task Accounts_of_one_address_are_made_slowly()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        for (var i = 0; i < 5; i++) await api.SignUp("jane@example.org");
        var body = new { email = "jane@example.org", password = SignInApi.Password };
        var sixth = api.Person();
        Assert.Equal("auth.too-many", await sixth.Refused("auth/sign-up", body, 429));
        Assert.Equal("120", sixth.Last!.Headers.RetryAfter?.ToString());
        api.Time.Advance(TimeSpan.FromMinutes(2));
        await sixth.Post("auth/sign-up", body, 201);
    }

    private static string Shape(System.Text.Json.Nodes.JsonNode answer) =>
        string.Join(',', answer.AsObject().Select(property => $"{property.Key}:{property.Value?.GetValueKind()}"));
}
