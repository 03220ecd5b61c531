using System.Net.Http.Headers;
using System.Text;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Catalog;
using Sluice.Platform.Keys;
using Sluice.Platform.Notices;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Jwt;
using Sluice.Platform.Tenants.Inside.Organizations;

namespace Sluice.Integration.Permissions;

/// <summary>
/// An organization with one of everything that has an id, and people in and around it. Every name in it carries the
/// place's mark, so that a leak can be seen in an answer.
/// </summary>
internal sealed class Place
{
    private static int _count;

    private readonly AccessHost _host;

    private Place(AccessHost host) => _host = host;

    public string Mark { get; } = $"mark{Interlocked.Increment(ref _count)}x{Guid.CreateVersion7():N}";

    public OrganizationId Organization { get; private set; }

    /// <summary>Names of parameters with the ids that stand for them here.</summary>
    public Dictionary<string, string> Ids { get; } = new(StringComparer.Ordinal);

    public static async Task<Place> Make(AccessHost host)
    {
        var place = new Place(host);
        var tenants = host.Get<ITenants>();
        var keys = host.Get<IKeys>();
        var owner = await place.Person();
        place.Organization = Need(await tenants.CreateOrganization($"Org {place.Mark}", owner)).Id;
        owner = await place.Now(owner);
        Need(await host.Get<ICatalog>().AssignPlan(place.Organization, "free", Actor.System));
        var app = Need(await keys.CreateApp(place.Organization, $"App {place.Mark}", owner));
        var key = Need(await keys.CreateKey(new KeyRequest(app.Id, KeyKind.Secret, $"Key {place.Mark}"), owner));
        var token = Need(await tenants.CreateToken(new(place.Organization, $"Token {place.Mark}", null), owner));
        var email = $"invited-{place.Mark}@example.org";
        var invitation = Need(await host.Get<IInvitations>().Invite(place.Organization, email, OrganizationRole.Viewer, owner));
        var member = await place.Member(OrganizationRole.Viewer);
        var (webhook, delivery, alert) = await place.Notices(owner);
        Need(await host.Get<TokenDesk>().ForToken(
            await place.TokenOf(member), null, new Origin(null, null, $"Agent {place.Mark}"), CancellationToken.None));
        var grant = (await host.Get<IGrants>().List(member))[0];
        foreach (var (name, id) in new (string, string)[]
        {
            ("export", Need(await host.Get<IExports>().Ask(place.Organization, owner)).Id.ToString()),
            ("grant", grant.Id.ToString()), ("login", WireId.New<LoginId>().ToString()),
            ("org", place.Organization.ToString()), ("app", app.Id.ToString()), ("key", key.Key.Id.ToString()),
            ("token", token.Id.ToString()), ("invitation", invitation.Id.ToString()),
            ("user", member.User!.Value.ToString()), ("link", host.Mails.TokenTo(email)), ("name", "devnet"),
            ("session", (await place.Session(member)).ToString()), ("passkey", (await place.Passkey(member)).ToString()),
            ("wallet", (await place.Wallet(member)).ToString()),
            ("job", WireId.New<JobId>().ToString()), ("queue", "none"),
            ("schedule", "none"), ("fact", "1"), ("webhook", webhook.Id.ToString()), ("delivery", delivery.Id.ToString()),
            ("alert", alert.Id.ToString()), ("notice", WireId.New<NoticeId>().ToString()),
            ("mail", WireId.New<MailId>().ToString()),
            ("number", await place.FirstEvent()),
        }) place.Ids[name] = id;
        place.OwnToken = token.Secret;
        return place;
    }

    private async Task<(Webhook, Delivery, AlertRule)> Notices(Actor owner)
    {
        var webhooks = _host.Get<IWebhooks>();
        var webhook = Need(await webhooks.Create(
            Organization, new WebhookRequest($"https://hooks.example.com/{Mark}", ["*"], $"Hook {Mark}"), owner)).Webhook;
        var rule = new AlertRequest(
            $"Alert {Mark}", AlertKind.Quota, AlertPeriod.Day, null, [80], 15, 20, [AlertChannel.Inbox]);
        return (
            webhook, Need(await webhooks.Test(webhook.Id, owner)),
            Need(await _host.Get<IAlerts>().Create(Organization, rule, owner)));
    }

    /// <summary>The text of the organization's own token.</summary>
    public string OwnToken { get; private set; } = "";

    /// <summary>A person who belongs to nothing.</summary>
    public async Task<Actor> Person(string platform = "none", bool verified = true)
    {
        var user = WireId.New<UserId>();
        await using var command = _host.Get<NpgsqlDataSource>().CreateCommand("""
            INSERT INTO tenants.users (id, email, email_key, email_verified_at, name, created_at, platform_role)
            VALUES ($1, $2, CASE WHEN $3 THEN $2 END, CASE WHEN $3 THEN now() END, $4, now(), $5)
            """);
        foreach (var value in new object[] { user.Value, $"{user}@example.org", verified, $"Name {Mark}", platform })
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
        return (await _host.Get<Memberships>().Person(user, CancellationToken.None))!;
    }

    private async Task<string> FirstEvent()
    {
        await using var command = _host.Get<NpgsqlDataSource>().CreateCommand(
            "SELECT min(number)::text FROM audit.events WHERE organization = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = Organization.Value });
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private async Task<SessionId> Session(Actor person)
    {
        var session = WireId.New<SessionId>();
        await using var command = _host.Get<NpgsqlDataSource>().CreateCommand("""
            INSERT INTO tenants.sessions (
                id, hash, user_id, created_at, last_seen_at, expires_at, ip_prefix, device, proved_at)
            VALUES ($1, sha256($2::bytea), $3, now(), now(), now() + interval '1 day', '127.0.0.0/24', $4, now())
            """);
        foreach (var value in new object[] { session.Value, session.Value.ToByteArray(), person.User!.Value.Value, $"Device {Mark}" })
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
        return session;
    }

    private async Task<PasskeyId> Passkey(Actor person)
    {
        var passkey = WireId.New<PasskeyId>();
        await using var command = _host.Get<NpgsqlDataSource>().CreateCommand("""
            INSERT INTO tenants.passkeys (id, user_id, name, credential_id, public_key, sign_count, transports,
                is_backup_eligible, is_backed_up, created_at)
            VALUES ($1, $2, $3, $4, '\x00', 0, '{}', false, false, now())
            """);
        foreach (var value in new object[] { passkey.Value, person.User!.Value.Value, $"Passkey {Mark}", passkey.Value.ToByteArray() })
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
        return passkey;
    }

    private async Task<WalletId> Wallet(Actor person)
    {
        var wallet = WireId.New<WalletId>();
        await using var command = _host.Get<NpgsqlDataSource>().CreateCommand("""
            INSERT INTO tenants.wallets (id, user_id, name, address, chain_id, created_at)
            VALUES ($1, $2, $3, substring(sha256($4::bytea) FROM 1 FOR 20), 0, now())
            """);
        foreach (var value in new object[] { wallet.Value, person.User!.Value.Value, $"Wallet {Mark}", wallet.Value.ToByteArray() })
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
        return wallet;
    }

    /// <summary>A new member of the organization.</summary>
    public async Task<Actor> Member(OrganizationRole role)
    {
        var person = await Person();
        await using var command = _host.Get<NpgsqlDataSource>().CreateCommand(
            "INSERT INTO tenants.members (organization_id, user_id, role, since) VALUES ($1, $2, $3, now())");
        foreach (var value in new object[] { Organization.Value, person.User!.Value.Value, RoleText.Write(role) })
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
        return await Now(person);
    }

    /// <summary>A personal token of a person.</summary>
    public async Task<string> TokenOf(Actor person, IReadOnlyList<Permission>? scopes = null) =>
        Need(await _host.Get<ITenants>().CreateToken(new(null, "mine", null, TokenKind.Personal, scopes), person)).Secret;

    /// <summary>A request of a route with ids of this place.</summary>
    public HttpRequestMessage Request(AccessRoute route, Ask ask)
    {
        var path = route.Pattern + ask.Query;
        foreach (var (name, id) in Ids)
        {
            path = path.Replace($"{{{name}}}", Uri.EscapeDataString(id), StringComparison.Ordinal);
        }
        if (path.Contains('{', StringComparison.Ordinal))
            throw new InvalidOperationException($"{route.Name}: Place.Make makes nothing for a parameter of {path}. Add it there.");
        var request = new HttpRequestMessage(new HttpMethod(route.Verb), path);
        if (ask.Body is { } body)
        {
            foreach (var (name, id) in Ids) body = body.Replace($"{{{name}}}", id, StringComparison.Ordinal);
            body = body.Replace("{unique}", $"u{Guid.CreateVersion7():N}", StringComparison.Ordinal);
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }
        return request;
    }

    public static void As(HttpRequestMessage request, Actor person) =>
        request.Headers.Add(AccessHost.PersonHeader, person.User!.Value.ToString());

    public static void As(HttpRequestMessage request, string token) =>
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);

    private async Task<Actor> Now(Actor person) =>
        (await _host.Get<Memberships>().Person(person.User!.Value, CancellationToken.None))!;

    private static T Need<T>(Result<T> result) =>
        result.Ok ? result.Value : throw new InvalidOperationException($"{result.Refusal.Code} {result.Refusal.Message}");
}
