using Sluice.Integration.Processes;
using Sluice.Kernel;

namespace Sluice.Integration.Cli;

/// <summary>How a verb is said so that it asks one route and gets an answer.</summary>
/// <param name="Words">What stands behind the verb; makes what it needs anew, for each time that it is said.</param>
internal sealed record Saying(Func<VerbServer, Task<string[]>> Words)
{
    public Who Who { get; init; }

    /// <summary>Whether what it prints is long lines by nature: JSON, keys, a secret.</summary>
    public bool IsWide { get; init; }

    /// <summary>Whether a secret is what it is for.</summary>
    public bool ShowsSecret { get; init; }

    /// <summary>What the API refuses in place of the first word; null: nobody is called that.</summary>
    public string Wrong { get; init; } = "nothing-here";

    /// <summary>What the text must have in it.</summary>
    public string? Says { get; init; }
}

/// <summary>Every route that has a verb, and how the verb is said.</summary>
internal static class VerbTable
{
    public static readonly IReadOnlyDictionary<string, Saying> Rows = new Dictionary<string, Saying>(StringComparer.Ordinal)
    {
        ["GET /organizations"] = Plain() with { Says = "Home" },
        ["POST /organizations"] = With(s => s.Unique("Org")) with { Wrong = "<b>" },
        ["GET /organizations/{org}"] = With(_ => "Home") with { Who = Who.Organization, Says = "Home" },
        ["PUT /organizations/{org}"] = Saying(async s => [await Org(s), s.Unique("Renamed")]) with { Says = "Renamed" },
        ["POST /organizations/{org}/suspend"] = Saying(async s => [await Org(s), "--why", "unpaid"]) with { Says = "Suspended" },
        ["POST /organizations/{org}/resume"] = Saying(async s => [await Org(s)]),
        ["POST /organizations/{org}/delete"] = Saying(async s => [await Org(s)]) with { Says = "Deleted on" },
        ["POST /organizations/{org}/keep"] = Saying(async s =>
        {
            var org = await Org(s);
            await s.Post($"organizations/{org}/delete", new { });
            return [org];
        }),
        ["POST /organizations/{org}/exports"] = Saying(async s => [await Org(s)]) with { Says = "exp_" },
        ["GET /organizations/{org}/exports"] = Saying(async s => ["--org", (await Packed(s)).Organization])
            with
        { Says = "exp_" },
        ["GET /me/exports"] = Plain() with { Who = Who.Person },
        ["GET /exports/{export}"] = Saying(async s => [(await Packed(s)).Export]) with { Says = "ready" },
        ["GET /exports/{export}/content"] = Saying(async s => [(await Packed(s)).Export, s.Folder[$"{s.Unique()}.zip"]])
            with
        { Says = "bytes", IsWide = true },
        ["POST /organizations/{org}/transfer"] = Saying(async s => [await OwnOrg(s), await Member(s, "Own")])
            with
        { Who = Who.Person, Says = "owner" },
        ["POST /organizations/{org}/leave"] = Saying(async s => [await Left(s)]) with { Who = Who.Person, Says = "You left" },
        ["GET /organizations/{org}/members"] = With(_ => "Home") with { Says = "ada@example.org" },
        ["GET /organizations/{org}/members/{user}"] = With(_ => "Home", s => s.PersonEmail) with { Says = "owner" },
        ["PUT /organizations/{org}/members/{user}"] = Saying(async s => [s.Organization, await Member(s, "Home"), "admin"])
            with
        { Says = "admin" },
        ["DELETE /organizations/{org}/members/{user}"] = Saying(async s => ["Home", await Member(s, "Home")]),
        ["POST /organizations/{org}/invitations"] = With(_ => "Home", Email) with { Who = Who.Organization, Says = "developer" },
        ["GET /organizations/{org}/invitations"] = Saying(async s =>
        {
            await Invitation(s, Email(s));
            return ["--org", "Home"];
        }) with
        { Says = "inv_" },
        ["GET /invitations"] = Saying(async s =>
        {
            await Invited(s);
            return [];
        }) with
        { Who = Who.Person, Says = "inv_" },
        ["POST /invitations/accept"] = Saying(async s => [await Link(s)]) with { Who = Who.Person, Says = "viewer" },
        ["POST /invitations/{invitation}/accept"] = Saying(async s => [await Invited(s)]) with { Who = Who.Person, Says = "viewer" },
        ["POST /invitations/{invitation}/resend"] = Saying(async s => [await Invitation(s, Email(s))]) with { Says = "inv_" },
        ["POST /invitations/{invitation}/revoke"] = Saying(async s => [await Invitation(s, Email(s))]),
        ["PUT /organizations/{org}/plan"] = Saying(async s => [await Org(s), "free"]) with { Says = "free" },
        ["GET /organizations/{org}/apps"] = With(_ => "Home") with { Who = Who.Organization, Says = "Shop" },
        ["POST /organizations/{org}/apps"] = Saying(async s => [await Org(s), s.Unique("App")]),
        ["GET /apps/{app}"] = With(s => s.App) with { Who = Who.Organization, Says = "Shop" },
        ["GET /apps/{app}/rules"] = With(s => s.App) with { Says = "any call may pass" },
        ["PUT /apps/{app}/rules"] = Saying(async s => [await App(s), "--method", "eth_*", "net_*", "--network", "10.0.0.0/8"])
            with
        { Says = "eth_*, net_*" },
        ["GET /apps/{app}/limits"] = With(s => s.App) with { Says = "hard" },
        ["PUT /apps/{app}/limits"] = Saying(async s => [await App(s), "--daily-units", "5000", "--soft"]) with { Says = "5,000" },
        ["GET /apps/{app}/keys"] = With(s => s.App) with { Says = "Call" },
        ["POST /apps/{app}/keys"] = Saying(async s => [await App(s), "--name", "Back end", "--expires-in", "30d"])
            with
        { ShowsSecret = true, Says = "Back end" },
        ["POST /keys/{key}/rotate"] = Saying(async s => [await Key(s), "--overlap", "1h"]) with { ShowsSecret = true },
        ["POST /keys/{key}/revoke"] = Saying(async s => [await Key(s)]),
        ["GET /tokens"] = Of("--org", "Home") with { Says = "Own" },
        ["POST /tokens"] = Of("--org", "Home", "--scope", "usageRead", "logRead", "--expires-at", "2099-01-31T12:00")
            with
        { ShowsSecret = true, Says = "2099-01-31 12:00:00" },
        ["POST /tokens/{token}/revoke"] = Saying(async s =>
            [await s.Make("tokens", new { name = s.Unique(), kind = "organization", organization = s.Organization })]),
        ["GET /me"] = Plain() with { Who = Who.Person, Says = "ada@example.org" },
        ["PATCH /me"] = Of("--name", "Ada L.", "--time-zone", "Europe/Berlin") with { Who = Who.Person, Says = "Europe/Berlin" },
        ["GET /me/factors"] = Plain() with { Who = Who.Person, Says = "Authenticator app" },
        ["GET /me/passkeys"] = Plain() with { Who = Who.Person, Says = "Laptop" },
        ["GET /me/wallets"] = Plain() with { Who = Who.Person, Says = "0x" },
        ["GET /me/logins"] = Plain() with { Who = Who.Person },
        ["GET /me/sessions"] = Plain() with { Who = Who.Person, Says = "ses_" },
        ["GET /me/grants"] = Plain() with { Who = Who.Person, Says = "Program" },
        ["GET /users"] = Plain() with { Says = "ada@example.org" },
        ["POST /users"] = With(Email) with { IsWide = true, ShowsSecret = true, Says = "token=" },
        ["GET /users/{user}"] = With(s => s.PersonEmail) with { Says = "usr_" },
        ["GET /users/{user}/ways-in"] = With(s => s.PersonEmail) with { Says = "Passkeys" },
        ["POST /users/{user}/suspend"] = Saying(async s => [await User(s), "--why", "asked for it"]) with { Says = "locked out" },
        ["POST /users/{user}/resume"] = Saying(async s => [await User(s)]),
        ["POST /users/{user}/delete"] = Saying(async s => [await User(s)]) with { Says = "is deleted" },
        ["POST /users/{user}/keep"] = Saying(async s =>
        {
            var user = await User(s);
            await s.Post($"users/{user}/delete", new { });
            return [user];
        }) with
        { Says = "is kept" },
        ["POST /users/{user}/reset"] = Saying(async s => [await User(s)]) with { IsWide = true, ShowsSecret = true, Says = "token=" },
        ["PUT /users/{user}/platform-role"] = Saying(async s => [await User(s), "viewer"]) with { Says = "viewer" },
        ["PUT /users/{user}/external-subject"] = Saying(async s => [await User(s), s.Unique("auth0|")]) with { Says = "Linked" },
        ["DELETE /users/{user}/external-subject"] = Saying(async s =>
        {
            var user = await User(s);
            await s.Ask(HttpMethod.Put, $"users/{user}/external-subject", new { subject = s.Unique() });
            return [user];
        }),
        ["GET /auth/keys"] = Saying(async s =>
        {
            await s.Post("auth/keys/rotate", new { withdraw = false });
            return [];
        }) with
        { Says = "Signs from" },
        ["POST /auth/keys/rotate"] = Plain() with { Says = "signs from now on" },
        ["GET /services"] = Plain() with { Says = "Itself" },
        ["GET /services/{name}"] = With(_ => "self") with { Says = "defaultUnits", IsWide = true },
        ["POST /services/import"] = With(s => s.Folder["catalog.json"]) with { Says = "Unchanged: self" },
        ["GET /plans"] = Plain() with { Says = "free" },
        ["POST /plans/import"] = With(s => s.Folder["plans.json"]) with { Says = "holds nothing" },
        ["GET /usage"] = Of("--org", "Home", "--by", "total", "--group", "service", "method") with { Says = "self" },
        ["GET /log"] = Of("--org", "Home", "--limit", "5") with { Who = Who.Organization, Says = "self" },
        ["GET /jobs"] = Saying(async s =>
        {
            await Job(s);
            return ["--queue", "jobs", "--state", "waiting", "--limit", "2"];
        }) with
        { Says = "job_" },
        ["GET /jobs/{job}"] = Saying(async s => [await Job(s)]) with { Says = "jobs.retention", IsWide = true },
        ["POST /jobs/{job}/retry"] = Saying(async s => [await Job(s)]),
        ["POST /jobs/{job}/cancel"] = Saying(async s => [await Job(s)]) with { Says = "cancelled" },
        ["GET /queues"] = Plain() with { Says = "jobs" },
        ["POST /queues/{queue}/pause"] = With(_ => "jobs") with { Says = "paused" },
        ["POST /queues/{queue}/resume"] = With(_ => "jobs"),
        ["GET /schedules"] = Plain() with { Says = "jobs.retention" },
        ["POST /schedules/{schedule}/run"] = With(_ => "jobs.retention"),
        ["POST /schedules/{schedule}/pause"] = With(_ => "jobs.retention"),
        ["POST /schedules/{schedule}/resume"] = With(_ => "jobs.retention"),
        ["GET /facts"] = Saying(async s =>
        {
            await Fact(s);
            return [];
        }) with
        { Says = "tests.nobody" },
        ["POST /facts/{fact}/retry"] = Saying(async s => [await Fact(s)]) with { Wrong = "999999999" },
        ["GET /audit"] = Of("--org", "Home", "--limit", "3") with { Says = "--after" },
        ["GET /audit/export"] = Of("--action", "keys") with { IsWide = true, Says = "keys.key.create" },
        ["POST /audit/verify"] = Plain() with { Says = "hold" },
        ["GET /audit/checkpoints"] = Plain() with { IsWide = true },
        ["GET /organizations/{org}/webhooks"] = Saying(async s =>
        {
            await s.Post($"organizations/{s.Organization}/webhooks", new { url = "https://hooks.example.com/x", types = new[] { "*" } });
            return ["Home"];
        }) with
        { Says = "hooks.example.com" },
        ["POST /organizations/{org}/webhooks"] = Saying(async s =>
            [await Org(s), "https://hooks.example.com/a", "--type", "key.created", "--description", "Shop"])
            with
        { ShowsSecret = true, Says = "key.created" },
        ["GET /webhooks/{webhook}"] = Saying(async s => [await Webhook(s)]) with { Says = "hooks.example.com" },
        ["PUT /webhooks/{webhook}"] = Saying(async s => [await Webhook(s), "--off", "--description", "Other"]) with { Says = "Off since" },
        ["DELETE /webhooks/{webhook}"] = Saying(async s => [await Webhook(s)]),
        ["POST /webhooks/{webhook}/rotate"] = Saying(async s => [await Webhook(s)]) with { ShowsSecret = true },
        ["POST /webhooks/{webhook}/test"] = Saying(async s => [await Webhook(s)]) with { Says = "webhook.test" },
        ["GET /webhooks/{webhook}/deliveries"] = Saying(async s =>
        {
            var webhook = await Webhook(s);
            await s.Post($"webhooks/{webhook}/test", new { });
            return [webhook];
        }) with
        { Says = "webhook.test" },
        ["GET /deliveries/{delivery}"] = Saying(async s => [await Delivery(s)]) with { Says = "webhook.test", IsWide = true },
        ["POST /deliveries/{delivery}/redeliver"] = Saying(async s => [await Delivery(s)]) with { Says = "webhook.test" },
        ["GET /webhook-types"] = Plain() with { Says = "key.created" },
        ["GET /organizations/{org}/alerts"] = Saying(async s =>
        {
            await s.Post($"organizations/{s.Organization}/alerts", new { name = s.Unique("Alert"), kind = "quota" });
            return ["Home"];
        }) with
        { Says = "quota" },
        ["POST /organizations/{org}/alerts"] = Saying(async s =>
            [await Org(s), s.Unique("Alert"), "--kind", "quota", "--percent", "70", "90", "--channel", "inbox"]) with
        { Says = "70, 90" },
        ["GET /alerts/{alert}"] = Saying(async s => [await Alert(s)]) with { Says = "quota" },
        ["PUT /alerts/{alert}"] = Saying(async s => [await Alert(s), "--percent", "75", "--name", s.Unique("Edited")])
            with
        { Says = "75" },
        ["DELETE /alerts/{alert}"] = Saying(async s => [await Alert(s)]),
        ["GET /notices"] = Saying(async s =>
        {
            await Notice(s);
            return ["--unread"];
        }) with
        { Who = Who.Person, Says = "Planted" },
        ["POST /notices/read-all"] = Plain() with { Who = Who.Person, Says = "Read" },
        ["POST /notices/{notice}/read"] = Saying(async s => [await Notice(s)]) with { Who = Who.Person, Says = "Read" },
        ["GET /mail"] = Saying(async s =>
        {
            await s.Post("mail/test", new { to = Email(s) });
            return [];
        }) with
        { Says = "@example.org", ShowsSecret = true },
        ["POST /mail/test"] = With(Email) with { Says = "@example.org" },
    };

    private static Saying Saying(Func<VerbServer, Task<string[]>> words) => new(words);

    private static Saying Plain() => Of();

    private static Saying Of(params string[] words) => new(_ => Task.FromResult(words));

    private static Saying With(params Func<VerbServer, string>[] words) =>
        new(s => Task.FromResult(words.Select(word => word(s)).ToArray()));

    private static string Email(VerbServer s) => $"{s.Unique("person").Replace(' ', '-')}@example.org";

    private static Task<string> Org(VerbServer s) => s.Make("organizations", new { name = s.Unique("Org") });

    private static async Task<(string Organization, string Export)> Packed(VerbServer s)
    {
        var organization = await Org(s);
        var export = await s.Make($"organizations/{organization}/exports", new { });
        await Until.True(async () => (await s.Get($"exports/{export}"))["state"]!.ToString() == "ready", "the export is packed");
        return (organization, export);
    }

    private static async Task<string> App(VerbServer s) => await s.Make($"organizations/{await Org(s)}/apps", new { name = "App" });

    private static async Task<string> Key(VerbServer s) => await s.Make($"apps/{await App(s)}/keys", new { name = "Key" });

    private static Task<string> User(VerbServer s) => s.Make("users", new { email = Email(s) });

    // Of which the person is the owner.
    private static async Task<string> OwnOrg(VerbServer s)
    {
        await s.Sql("UPDATE tenants.organizations SET name = name || ' ' || id WHERE name = 'Own'");
        var organization = await s.Make("organizations", new { name = "Own" });
        await Join(s, "Own", s.UserKey, "owner");
        return organization;
    }

    private static async Task<string> Member(VerbServer s, string organization)
    {
        var user = await User(s);
        await Join(s, organization, WireId.TryParse<UserId>(user, out var id) ? id.Value : default, "viewer");
        return user;
    }

    private static async Task<string> Left(VerbServer s)
    {
        var name = s.Unique("Left");
        await s.Make("organizations", new { name });
        await Join(s, name, s.UserKey, "viewer");
        return name;
    }

    private static Task<object?> Join(VerbServer s, string organization, Guid user, string role) => s.Sql("""
        INSERT INTO tenants.members (organization_id, user_id, role, since)
        SELECT id, $1, $2, now() FROM tenants.organizations WHERE name = $3
        """, user, role, organization);

    private static Task<string> Invitation(VerbServer s, string email) =>
        s.Make($"organizations/{s.Organization}/invitations", new { email, role = "viewer" });

    private static async Task<string> Invited(VerbServer s) => await s.Make(
        $"organizations/{await Org(s)}/invitations", new { email = s.PersonEmail, role = "viewer" });

    // The token in the link of the mail.
    private static async Task<string> Link(VerbServer s)
    {
        var name = s.Unique("Inviting") + " Ltd";
        var organization = await s.Make("organizations", new { name });
        await s.Make($"organizations/{organization}/invitations", new { email = s.PersonEmail, role = "viewer" });
        string? text = null;
        await Until.True(
            async () => (text = (await s.Get("mail"))["data"]!.AsArray().Select(mail => mail!.ToJsonString())
                .FirstOrDefault(mail => mail.Contains(name, StringComparison.Ordinal))) is not null,
            "the mail is there");
        var token = text![(text!.IndexOf("token=", StringComparison.Ordinal) + "token=".Length)..];
        return new string([.. token.TakeWhile(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')]);
    }

    private static async Task<string> Job(VerbServer s)
    {
        var job = WireId.New<JobId>();
        await s.Sql("""
            INSERT INTO jobs.live (id, queue, name, arguments, created_at, due_at, attempts_max)
            VALUES ($1, 'jobs', 'jobs.retention', '{}', now(), now() + interval '1 hour', 3)
            """, job.Value);
        return job.ToString();
    }

    private static async Task<string> Fact(VerbServer s) => (string)(await s.Sql("""
        INSERT INTO jobs.outbox (fact, subscriber, body, recorded_at, due_at, attempts, last_error, given_up_at)
        VALUES ('tests.fact', 'tests.nobody', '{}', now(), now(), 9, 'planted', now()) RETURNING id::text
        """))!;

    private static async Task<string> Webhook(VerbServer s) => await s.Make(
        $"organizations/{await Org(s)}/webhooks", new { url = "https://hooks.example.com/x", types = new[] { "*" } });

    private static async Task<string> Delivery(VerbServer s) => await s.Make($"webhooks/{await Webhook(s)}/test", new { });

    private static async Task<string> Alert(VerbServer s) =>
        await s.Make($"organizations/{await Org(s)}/alerts", new { name = s.Unique("Alert"), kind = "quota", percents = new[] { 60 } });

    private static async Task<string> Notice(VerbServer s)
    {
        var notice = WireId.New<NoticeId>();
        await s.Sql("""
            INSERT INTO notices.notices (id, user_id, kind, title, body, created_at)
            VALUES ($1, $2, 'tests.planted', 'Planted', 'For a test.', now())
            """, notice.Value, s.UserKey);
        return notice.ToString();
    }
}
