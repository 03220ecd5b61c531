using Npgsql;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.SignIn;

public sealed class UsersTests(PostgresCluster postgres)
{
    [Fact]
    public async Task A_suspended_user_is_out_at_once_and_cannot_come_back_until_resumed()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var ops = await Operator(api);
        var jane = await api.SignUpProved("jane@example.org");
        var id = $"{(await jane.Get("me"))!["id"]}";
        Assert.Equal("access.denied", await jane.Refused($"users/{id}/suspend", null, 403));
        var suspended = (await ops.Post($"users/{id}/suspend", new { why = "Spam." }))!;
        Assert.Equal("Spam.", $"{suspended["suspendedWhy"]}");
        await jane.Get("me", 401);
        var signIn = new { email = "jane@example.org", password = SignInApi.Password };
        Assert.Equal("auth.user-suspended", await jane.Refused("auth/sign-in", signIn, 403));
        // Who does not know the password learns nothing.
        Assert.Equal(
            "auth.sign-in-refused", await jane.Refused("auth/sign-in", new { email = "jane@example.org", password = "wrong password" }, 401));
        await api.Person().Post("auth/reset", new { email = "jane@example.org" }, 202);
        await api.Settled();
        Assert.DoesNotContain(api.Mails.To("jane@example.org"), mail => mail.Template == MailTemplates.Reset);
        await ops.Post($"users/{id}/resume");
        await jane.Get("me", 401);
        await jane.Post("auth/sign-in", signIn);
        await jane.Get("me");
    }

    [Fact]
    public async Task The_last_operator_stays_one()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var ops = await Operator(api);
        var me = $"{(await ops.Get("me"))!["id"]}";
        Assert.Equal("tenants.operator-last", await ops.Refused($"users/{me}/suspend", null, 409));
        Assert.Equal("tenants.operator-last", $"{(await ops.Put($"users/{me}/platform-role", new { role = "none" }, 409))!["code"]}");
        var jane = await api.SignUpProved("jane@example.org");
        await ops.Put($"users/{(await jane.Get("me"))!["id"]}/platform-role", new { role = "operator" });
        await jane.Get("users");
        await ops.Put($"users/{me}/platform-role", new { role = "viewer" });
        await ops.Get("users");
        Assert.Equal("access.denied", await ops.Refused($"users/{me}/resume", null, 403));
        await ops.Put($"users/{me}/platform-role", new { }, 403);
        await jane.Put($"users/{me}/platform-role", new { }, 400);
        await jane.Put($"users/{me}/platform-role", new { role = "owner" }, 400);
    }

    [Fact]
    public async Task Operators_who_end_each_other_at_once_never_end_the_last_one()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var users = api.Get<IUsers>();
        var made = new List<UserId>();
        for (var i = 0; i < 6; i++)
            made.Add((await users.Create(new($"op{i}@example.org", null, PlatformRole.Operator), Actor.System)).Value.User.Id);
        for (var round = 0; round < 5; round++)
        {
            var ended = await Task.WhenAll(made.Select((user, i) => i % 2 == 0
                ? users.Suspend(user, null, Actor.System)
                : users.ChangePlatformRole(user, PlatformRole.None, Actor.System)));
            Assert.Equal("tenants.operator-last", Assert.Single(ended, one => !one.Ok).Refusal!.Code);
            Assert.Equal(1, await api.Scalar(
                "SELECT count(*) FROM tenants.users WHERE platform_role = 'operator' AND suspended_at IS NULL"));
            foreach (var user in made)
            {
                Assert.True((await users.Resume(user, Actor.System)).Ok);
                Assert.True((await users.ChangePlatformRole(user, PlatformRole.Operator, Actor.System)).Ok);
            }
        }
    }

    [Fact]
    public async Task What_an_operator_reads_of_people_is_on_the_trail_and_what_one_reads_of_ones_own_is_not()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var ops = await Operator(api);
        var jane = await api.SignUpProved("jane@example.org");
        var id = $"{(await jane.Get("me"))!["id"]}";
        var org = $"{(await jane.Get("organizations"))!["data"]![0]!["id"]}";
        foreach (var path in new[] { $"organizations/{org}/members", $"organizations/{org}/invitations", "organizations" })
            await jane.Get(path);
        Assert.Empty(await Reads());
        await ops.Get("users?search=jane");
        await ops.Get($"users/{id}");
        await ops.Get($"users/{id}/ways-in");
        await ops.Get($"organizations/{org}/members");
        await ops.Get($"organizations/{org}/members/{id}");
        await ops.Get($"organizations/{org}/invitations");
        await ops.Get($"users/{WireId.New<UserId>()}", 404);
        Assert.Equal(
            [
                ("tenants.users.read", "all"), ("tenants.user.read", id), ("tenants.user.read", id),
                ("tenants.members.read", "all"), ("tenants.member.read", id), ("tenants.invitations.read", "all"),
            ],
            await Reads());
        var hers = await api.Get<IAuditTrail>().List(new AuditQuery(WireId.TryParse<OrganizationId>(org, out var mine) ? mine : null), Actor.System);
        Assert.Contains(hers.Value, one => one.Action == "tenants.members.read");

        async Task<List<(string Action, string Subject)>> Reads()
        {
            List<(string, string)> reads = [];
            await api.Get<IAuditTrail>().Export(new AuditQuery(), Actor.System, one =>
            {
                if (one.Action.EndsWith(".read", StringComparison.Ordinal)) reads.Add((one.Action, one.Subject));
                return Task.CompletedTask;
            });
            return reads;
        }
    }

    [Fact]
    public async Task An_operator_makes_an_account_and_resets_a_lost_factor_by_a_link_that_works_once()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var ops = await Operator(api);
        var made = (await ops.Post("users", new { email = "Jane@example.org", name = "Jane", platformRole = "viewer" }, 201))!;
        var link = $"{made["link"]}".Split("token=")[1];
        await api.Person().Post("auth/reset/confirm", new { token = link, password = SignInApi.Password }, 204);
        await api.Person().Refused("auth/reset/confirm", new { token = link, password = SignInApi.Password }, 410);
        var jane = api.Person();
        await jane.Post("auth/sign-in", new { email = "jane@example.org", password = SignInApi.Password });
        Assert.Equal("tenants.email-taken", await ops.Refused("users", new { email = "jane@example.org" }, 409));

        var reset = (await ops.Post($"users/{made["user"]!["id"]}/reset"))!;
        await jane.Get("me", 401);
        const string next = "a wholly other password";
        await api.Person().Post("auth/reset/confirm", new { token = $"{reset["link"]}".Split("token=")[1], password = next }, 204);
        await jane.Post("auth/sign-in", new { email = "jane@example.org", password = next });
        await jane.Get("users");
        Assert.True((await api.Get<IAuditTrail>().Verify()).BrokenAt is null);
    }

    [Fact]
    public async Task Users_are_found_by_part_of_address_or_name_in_pages()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var ops = await Operator(api);
        foreach (var name in new[] { "Ada", "Grace", "Grace Two" })
            await ops.Post("users", new { email = $"{name.Replace(' ', '.')}@example.net", name }, 201);
        Assert.Equal(2, (await ops.Get("users?search=GRACE"))!["data"]!.AsArray().Count);
        Assert.Equal(3, (await ops.Get("users?search=@example.net"))!["data"]!.AsArray().Count);
        Assert.Empty((await ops.Get("users?search=%25"))!["data"]!.AsArray());
        var page = (await ops.Get("users?limit=3"))!;
        Assert.Single((await ops.Get($"users?limit=3&after={page["next"]}"))!["data"]!.AsArray());
        var jane = await api.SignUpProved("jane@example.org");
        Assert.Equal("access.denied", $"{(await jane.Get("users", 403))!["code"]}");
        await ops.Get("users/usr_0", 404);
    }

    [Fact]
    public async Task The_first_operator_is_made_once_by_the_link_of_the_console()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase());
        var first = await api.Get<IFirstOperators>().Ensure();
        var second = await api.Get<IFirstOperators>().Ensure();
        Assert.Null(first.Value!.Email);
        var ops = api.Person();
        var body = new { token = Token(first.Value), email = "ops@example.org", password = "short" };
        Assert.Equal("auth.password-weak", await ops.Refused("auth/first-operator", body, 422));
        await ops.Post("auth/first-operator", new { body.token, body.email, password = SignInApi.Password }, 201);
        await ops.Get("users");
        Assert.Equal(
            "tenants.operator-exists",
            await api.Person().Refused(
                "auth/first-operator", new { token = Token(second.Value!), email = "two@example.org", password = SignInApi.Password }, 409));
        Assert.Null((await api.Get<IFirstOperators>().Ensure()).Value);
    }

    [Fact]
    public async Task The_operator_of_the_settings_has_the_role_once_its_address_is_proved()
    {
        const string email = "ops@example.org";
        await using var api = await SignInApi.Start(
            await postgres.CreateDatabase(),
            tenants => (tenants.OperatorEmail, tenants.BootstrapPassword) = (email, SignInApi.Password));
        var link = (await api.Get<IFirstOperators>().Ensure()).Value!;
        Assert.Equal(email, link.Email);
        Assert.Equal(email, (await api.Get<IFirstOperators>().Ensure()).Value!.Email);
        Assert.Equal(1, await api.Scalar("SELECT count(*) FROM tenants.users"));
        var ops = api.Person();
        await ops.Post("auth/sign-in", new { email, password = SignInApi.Password });
        await ops.Get("users", 403);
        // The newest link is the one that was mailed, or the one that was printed.
        link = (await api.Get<IFirstOperators>().Ensure()).Value!;
        await ops.Post("auth/verify", new { token = Token(link) });
        await ops.Get("users");
    }

    [Fact]
    public async Task The_link_of_the_console_waits_for_a_letter_to_the_same_person()
    {
        await using var api = await SignInApi.Start(
            await postgres.CreateDatabase(),
            tenants => (tenants.OperatorEmail, tenants.BootstrapPassword) = ("ops@example.org", SignInApi.Password));
        Assert.True((await api.Get<IFirstOperators>().Ensure()).Ok);
        await api.Settled();
        await using var connection = await api.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var letter = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        // A letter takes the person first, and the links next.
        await Execute("SELECT FROM tenants.users FOR UPDATE");
        var link = Task.Run(() => api.Get<IFirstOperators>().Ensure());
        await Until.True(
            async () => await api.Scalar(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()") > 0,
            "the link waits");
        await Execute("UPDATE tenants.links SET used_at = now() WHERE used_at IS NULL");
        await letter.CommitAsync(TestContext.Current.CancellationToken);
        Assert.NotNull((await link).Value);

        async Task Execute(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, letter);
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task Whoever_proves_the_address_of_the_settings_has_the_role_and_who_only_signs_up_with_it_has_none()
    {
        await using var api = await SignInApi.Start(await postgres.CreateDatabase(), tenants => tenants.ViewerEmail = "viewer@example.org");
        Assert.Null((await api.Get<IFirstOperators>().Ensure()).Value!.Email);
        var viewer = await api.SignUp("viewer@example.org");
        await viewer.Get("users", 403);
        await viewer.Post("auth/verify", new { token = await api.LinkTo("viewer@example.org", MailTemplates.Verify) });
        await viewer.Get("users");
        await viewer.Post("users", new { email = "x@example.org" }, 403);
    }

    [Fact]
    public async Task A_weak_password_of_the_settings_is_refused_at_the_start()
    {
        await using var api = await SignInApi.Start(
            await postgres.CreateDatabase(), tenants => (tenants.OperatorEmail, tenants.BootstrapPassword) = ("ops@example.org", "short"));
        Assert.Equal("auth.password-weak", (await api.Get<IFirstOperators>().Ensure()).Refusal?.Code);
    }

    private static string Token(OperatorLink link) => link.Link.Split("token=")[1];

    private static async Task<Person> Operator(SignInApi api)
    {
        var ops = api.Person();
        var link = (await api.Get<IFirstOperators>().Ensure()).Value!;
        await ops.Post("auth/first-operator", new { token = Token(link), email = "ops@example.org", password = SignInApi.Password }, 201);
        return ops;
    }
}
