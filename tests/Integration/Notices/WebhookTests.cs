using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Notices;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.Notices;

/// <summary>Events from the change that makes them to a receiver that checks signatures and misbehaves, over a real database.</summary>
public sealed class WebhookTests(PostgresCluster postgres) : IAsyncLifetime
{
    private readonly MisbehavingOrigin _receiver = MisbehavingOrigin.Start();
    private readonly Person _ada = new(WireId.New<UserId>(), "Ada", "ada@example.org");
    private NoticesRooms _rooms = null!;
    private Organization _acme = null!;

    private IWebhooks Webhooks => _rooms.Get<IWebhooks>();

    public async ValueTask InitializeAsync()
    {
        (_receiver.IsProbe, _receiver.Default) = (_ => false, Behaviours.Body("thanks", 200, "text/plain"));
        _rooms = new NoticesRooms(await postgres.CreateDatabase(), More);
        _acme = (await _rooms.Host.Tenants.CreateOrganization("Acme", Actor.System)).Value;
        await _rooms.Start();
        await _rooms.Until("SELECT count(*) FROM jobs.outbox", 0, "what happened before is handled");
    }

    public async ValueTask DisposeAsync()
    {
        await _rooms.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task A_change_is_told_signed_and_says_what_happened()
    {
        var issued = await Create();
        var token = await Change();
        await Delivered(1);
        var request = Assert.Single(_receiver.Received);
        Assert.Equal(("POST", "application/json"), (request.Method, request.Header("Content-Type")));
        Assert.True(Signed(request, issued.Secret));
        var body = JsonNode.Parse(request.Text)!;
        Assert.Equal(request.Header("webhook-id"), body["id"]!.GetValue<string>());
        Assert.Equal("token.created", body["type"]!.GetValue<string>());
        Assert.Equal("v1", body["apiVersion"]!.GetValue<string>());
        Assert.Equal(_acme.Id.ToString(), body["organization"]!.GetValue<string>());
        Assert.Equal(token.Id.ToString(), body["data"]!["subject"]!.GetValue<string>());
        Assert.Equal("ci", body["data"]!["after"]!["name"]!.GetValue<string>());
        Assert.DoesNotContain(token.Secret, request.Text, StringComparison.Ordinal);
        Assert.NotNull(body["createdAt"]);
    }

    [Fact]
    public async Task What_is_asked_for_by_hand_goes_on_one_by_one_with_the_time()
    {
        var webhook = (await Create()).Webhook.Id;
        async Task<Refusal?> Test() => (await Webhooks.Test(webhook, Actor.System)).Refusal;

        var many = await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => Task.Run(Test)));
        Assert.Equal(10, many.Count(one => one is null));
        Assert.All(many.OfType<Refusal>(), one => Assert.Equal(("notices.asked-too-often", 429), (one.Code, one.Status)));
        _rooms.Time.Advance(many.OfType<Refusal>().First().RetryAfter!.Value);
        Assert.Null(await Test());
        Assert.Equal(TimeSpan.FromSeconds(6), (await Test())!.RetryAfter);
        _rooms.Time.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 10; i++) Assert.Null(await Test());
        Assert.NotNull(await Test());
    }

    [Fact]
    public async Task A_webhook_is_sent_its_types_and_those_of_its_organization_alone()
    {
        await Create("key.revoked");
        await Create("token.created", "key.created");
        var other = (await _rooms.Host.Tenants.CreateOrganization("Other", Actor.System)).Value;
        await Webhooks.Create(other.Id, new WebhookRequest(_receiver.Url, ["*"], ""), Actor.System);
        await Change();
        await Delivered(1);
        Assert.Equal(1, await _rooms.Host.Scalar("SELECT count(*) FROM notices.deliveries"));
    }

    [Fact]
    public async Task A_failure_is_tried_again_as_the_same_message_and_every_attempt_is_in_the_log()
    {
        var issued = await Create();
        _receiver.Next(Behaviours.Body("oops", 500), Behaviours.Body("still", 503, "text/plain", "Retry-After: 7200"));
        await Change();
        await Attempted(1);
        _rooms.Time.Advance(TimeSpan.FromSeconds(6));
        await Attempted(2);
        // Two hours were asked for; half an hour alone would have been the plan.
        _rooms.Time.Advance(TimeSpan.FromMinutes(119));
        Assert.Equal(1, await _rooms.Host.Scalar("SELECT count(*) FROM notices.deliveries WHERE state = 'waiting' AND attempts = 2"));
        _rooms.Time.Advance(TimeSpan.FromMinutes(2));
        await Delivered(1);
        Assert.Single(_receiver.Received.Select(one => one.Header("webhook-id")).Distinct());
        Assert.Single(_receiver.Received.Select(one => one.Text).Distinct());
        Assert.All(_receiver.Received, one => Assert.True(Signed(one, issued.Secret)));
        Assert.Equal(3, _receiver.Received.Select(one => one.Header("webhook-timestamp")).Distinct().Count());
        var details = await Details(issued.Webhook.Id);
        Assert.Equal([500, 503, 200], details.Tries.Select(one => one.Status!.Value));
        Assert.Equal(["oops", "still", "thanks"], details.Tries.Select(one => one.Answer));
        Assert.Equal(_receiver.Received[0].Text, details.Body);
    }

    [Fact]
    public async Task A_receiver_that_hangs_redirects_or_never_ends_is_held_to_its_limits()
    {
        var issued = await Create();
        _receiver.Next(
            async (_, ct) => await Task.Delay(Timeout.Infinite, ct),
            Behaviours.Body("", 302, "text/plain", "Location: http://169.254.169.254/latest/meta-data"),
            Behaviours.Body(new string('x', 5_000_000)));
        await Change();
        await Attempted(1);
        _rooms.Time.Advance(TimeSpan.FromSeconds(6));
        await Attempted(2);
        _rooms.Time.Advance(TimeSpan.FromMinutes(6));
        await Delivered(1);
        var tries = (await Details(issued.Webhook.Id)).Tries;
        Assert.Contains("within 5000 ms", tries[0].Error, StringComparison.Ordinal);
        Assert.Contains("redirects are not followed", tries[1].Error, StringComparison.Ordinal);
        Assert.Equal(2048, tries[2].Answer!.Length);
        Assert.Equal(3, _receiver.Calls);
    }

    [Fact]
    public async Task A_delivery_is_given_up_after_about_three_days_and_the_webhook_after_five()
    {
        _receiver.Default = Behaviours.Body("no", 500);
        var issued = await Create();
        await Change();
        double[] hours = [0.01, 0.1, 0.6, 2.3, 5.6, 11.1, 15.5, 22.1, 26.5];
        for (var attempt = 1; attempt < 10; attempt++)
        {
            await Attempted(attempt);
            _rooms.Time.Advance(TimeSpan.FromHours(hours[attempt - 1]));
        }
        await _rooms.Until("SELECT count(*) FROM notices.deliveries WHERE state = 'failed' AND attempts = 10", 1, "given up");
        Assert.InRange(hours.Sum(), 72, 96);
        Assert.Null((await Webhooks.Find(issued.Webhook.Id, Actor.System)).Value.DisabledAt);
        _rooms.Time.Advance(TimeSpan.FromDays(2));
        await Change("later");
        await _rooms.Until("SELECT count(*) FROM notices.webhooks WHERE disabled_at IS NOT NULL", 1, "switched off");
        await _rooms.Until("SELECT count(*) FROM notices.notices WHERE kind = 'webhook.disabled'", 1, "told");
        Assert.Contains("5 days", (await Webhooks.Find(issued.Webhook.Id, Actor.System)).Value.DisabledWhy, StringComparison.Ordinal);
        var calls = _receiver.Calls;
        await Change("another");
        await _rooms.Until("SELECT count(*) FROM jobs.outbox", 0, "the event is handled");
        Assert.Equal(calls, _receiver.Calls);
    }

    [Fact]
    public async Task A_receiver_that_is_gone_switches_its_webhook_off_at_once_and_its_people_are_told()
    {
        _receiver.Default = Behaviours.Body("gone", 410);
        var issued = await Create();
        await Change();
        await _rooms.Until("SELECT count(*) FROM notices.notices WHERE kind = 'webhook.disabled'", 1, "told");
        await _rooms.Until("SELECT count(*) FROM notices.mails WHERE template = 'webhook-disabled' AND state = 'kept'", 1, "mailed");
        var ada = new Actor(ActorKind.User, "ada", null) { User = _ada.User };
        var inbox = _rooms.Get<IInbox>();
        var notice = (await inbox.List(ada)).Value.Single(one => one.Kind == "webhook.disabled");
        Assert.Contains("410", notice.Body, StringComparison.Ordinal);
        Assert.Equal("notices.webhook-off", (await Webhooks.Test(issued.Webhook.Id, Actor.System)).Refusal!.Code);
        // Switched on again it is sent things again.
        _receiver.Default = Behaviours.Body("back");
        var request = new WebhookRequest(_receiver.Url, ["*"], "");
        Assert.Null((await Webhooks.Change(issued.Webhook.Id, request, true, Actor.System)).Value.DisabledAt);
        await Webhooks.Test(issued.Webhook.Id, Actor.System);
        await Delivered(1);
    }

    [Fact]
    public async Task While_secrets_rotate_both_sign_and_then_the_new_one_alone()
    {
        var first = await Create();
        var second = (await Webhooks.Rotate(first.Webhook.Id, TimeSpan.FromHours(1), Actor.System)).Value;
        await Webhooks.Test(first.Webhook.Id, Actor.System);
        await Delivered(1);
        Assert.True(Signed(_receiver.Received[0], first.Secret));
        Assert.True(Signed(_receiver.Received[0], second.Secret));
        _rooms.Time.Advance(TimeSpan.FromMinutes(61));
        await Webhooks.Test(first.Webhook.Id, Actor.System);
        await Delivered(2);
        Assert.False(Signed(_receiver.Received[1], first.Secret));
        Assert.True(Signed(_receiver.Received[1], second.Secret));
        for (var i = 0; i < 4; i++) Assert.True((await Webhooks.Rotate(first.Webhook.Id, TimeSpan.FromHours(1), Actor.System)).Ok);
        Assert.Equal(
            "notices.secrets-max", (await Webhooks.Rotate(first.Webhook.Id, TimeSpan.FromHours(1), Actor.System)).Refusal!.Code);
        Assert.True((await Webhooks.Rotate(first.Webhook.Id, TimeSpan.Zero, Actor.System)).Ok);
        Assert.Single((await Webhooks.Find(first.Webhook.Id, Actor.System)).Value.Secrets);
    }

    [Fact]
    public async Task An_event_is_sent_again_by_hand_under_its_id()
    {
        var issued = await Create();
        await Change();
        await Delivered(1);
        var first = (await Webhooks.Deliveries(issued.Webhook.Id, null, 10, Actor.System)).Value.Single();
        var again = (await Webhooks.Redeliver(first.Id, Actor.System)).Value;
        await Delivered(2);
        Assert.Equal((first.Event, true), (again.Event, again.Id != first.Id));
        Assert.Equal(_receiver.Received[0].Header("webhook-id"), _receiver.Received[1].Header("webhook-id"));
    }

    [Fact]
    public async Task A_slow_receiver_holds_up_no_other()
    {
        await using var slow = MisbehavingOrigin.Start();
        (slow.IsProbe, slow.Default) = (_ => false, async (_, ct) => await Task.Delay(Timeout.Infinite, ct));
        for (var i = 0; i < 5; i++)
            await Webhooks.Create(_acme.Id, new WebhookRequest($"{slow.Url}/{i}", ["*"], ""), Actor.System);
        var quick = await Create("key.created");
        for (var i = 0; i < 5; i++) await Change($"t{i}");
        await Webhooks.Test(quick.Webhook.Id, Actor.System);
        await _rooms.Until(
            $"SELECT count(*) FROM notices.deliveries WHERE webhook_id = '{quick.Webhook.Id.Value}' AND state = 'delivered'", 1, "delivered");
    }

    [Fact]
    public async Task Two_processes_make_each_delivery_once_and_what_a_killed_one_had_comes_again()
    {
        await using var second = new NoticesRooms(_rooms.Host.Source.ConnectionString, More, _rooms);
        await Create();
        await second.Start();
        for (var i = 0; i < 40; i++) await Change($"t{i}");
        await Delivered(40);
        Assert.Equal(40, _receiver.Calls);
        // As a process leaves it that is killed between the claim and the answer.
        await _rooms.Host.Scalar("""
            WITH killed AS (
                UPDATE notices.deliveries SET state = 'waiting', finished_at = NULL, claimed_until = due_at + interval '1 minute'
                WHERE id = (SELECT id FROM notices.deliveries LIMIT 1) RETURNING 1)
            SELECT count(*) FROM killed
            """);
        _rooms.Time.Advance(TimeSpan.FromMinutes(2));
        await _rooms.Until("SELECT count(*) FROM notices.deliveries WHERE state = 'delivered' AND attempts = 2", 1, "made again");
        Assert.Equal(41, _receiver.Calls);
    }

    [Fact]
    public async Task A_webhook_that_cannot_be_is_refused_with_every_fault()
    {
        var refusal = (await Webhooks.Create(
            _acme.Id, new WebhookRequest("https://10.0.0.1/", ["key.crated"], new string('x', 201)), Actor.System)).Refusal!;
        Assert.Equal(("notices.webhook-invalid", 3), (refusal.Code, refusal.Details!.Count));
        foreach (var url in new[] { "http://example.com/", "https://[fd00::1]/", "https://u:p@example.com/", "x" })
            Assert.Equal(
                "notices.webhook-invalid",
                (await Webhooks.Create(_acme.Id, new WebhookRequest(url, ["*"], ""), Actor.System)).Refusal!.Code);
    }

    [Fact]
    public async Task What_belongs_to_another_organization_is_not_there()
    {
        var issued = await Create();
        await Change();
        await Delivered(1);
        var delivery = (await Webhooks.Deliveries(issued.Webhook.Id, null, 10, Actor.System)).Value.Single();
        var other = (await _rooms.Host.Tenants.CreateOrganization("Other", Actor.System)).Value;
        var stranger = new Actor(ActorKind.Organization, "token", other.Id);
        var id = issued.Webhook.Id;
        var request = new WebhookRequest(_receiver.Url, ["*"], "");
        Assert.Equal("tenants.organization-unknown", (await Webhooks.List(_acme.Id, stranger)).Refusal!.Code);
        Assert.Equal("tenants.organization-unknown", (await Webhooks.Create(_acme.Id, request, stranger)).Refusal!.Code);
        Assert.Equal("notices.webhook-unknown", (await Webhooks.Find(id, stranger)).Refusal!.Code);
        Assert.Equal("notices.webhook-unknown", (await Webhooks.Change(id, request, true, stranger)).Refusal!.Code);
        Assert.Equal("notices.webhook-unknown", (await Webhooks.Rotate(id, TimeSpan.Zero, stranger)).Refusal!.Code);
        Assert.Equal("notices.webhook-unknown", (await Webhooks.Test(id, stranger)).Refusal!.Code);
        Assert.Equal("notices.webhook-unknown", (await Webhooks.Deliveries(id, null, 10, stranger)).Refusal!.Code);
        Assert.Equal("notices.delivery-unknown", (await Webhooks.Delivery(delivery.Id, stranger)).Refusal!.Code);
        Assert.Equal("notices.delivery-unknown", (await Webhooks.Redeliver(delivery.Id, stranger)).Refusal!.Code);
        Assert.Equal("notices.webhook-unknown", (await Webhooks.Delete(id, stranger)).Refusal!.Code);
        Assert.True((await Webhooks.Delete(id, Actor.System)).Ok);
        Assert.Equal(0, await _rooms.Host.Scalar("SELECT count(*) FROM notices.deliveries"));
    }

    [Fact]
    public async Task A_viewer_sees_and_changes_nothing_and_every_change_is_on_the_trail()
    {
        var issued = await Create();
        var viewer = new Actor(ActorKind.User, "viewer", null)
        {
            User = WireId.New<UserId>(),
            Memberships = new Dictionary<OrganizationId, OrganizationRole> { [_acme.Id] = OrganizationRole.Viewer },
        };
        Assert.Single((await Webhooks.List(_acme.Id, viewer)).Value);
        Assert.Equal("access.denied", (await Webhooks.Test(issued.Webhook.Id, viewer)).Refusal!.Code);
        Assert.Equal("access.denied", (await Webhooks.Delete(issued.Webhook.Id, viewer)).Refusal!.Code);
        await Webhooks.Rotate(issued.Webhook.Id, TimeSpan.Zero, Actor.System);
        await Webhooks.Delete(issued.Webhook.Id, Actor.System);
        Assert.Equal(3, await _rooms.Host.Scalar("SELECT count(*) FROM audit.events WHERE action LIKE 'notices.webhook.%'"));
        Assert.Equal(0, await _rooms.Host.Scalar("SELECT count(*) FROM audit.events e WHERE e::text LIKE '%whsec_%'"));
    }

    [Fact]
    public async Task The_number_of_webhooks_is_held_however_many_ask_at_once()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 30).Select(i =>
            Webhooks.Create(_acme.Id, new WebhookRequest($"{_receiver.Url}/{i}", ["key.revoked"], ""), Actor.System)));
        Assert.Equal(20, made.Count(one => one.Ok));
        Assert.All(made.Where(one => !one.Ok), one => Assert.Equal("notices.webhooks-max", one.Refusal!.Code));
    }

    private void More(IServiceCollection services)
    {
        services.Configure<WebhooksOptions>(o => (o.PlainLoopback, o.TimeoutMs, o.ParallelEach) = (true, 5000, 2));
        services.Configure<MailOptions>(o => o.Keep = true);
        services.AddSingleton<IAudience>(new OneReader(_ada));
    }

    private async Task<IssuedWebhook> Create(params string[] types) =>
        (await Webhooks.Create(_acme.Id, new WebhookRequest(_receiver.Url, types.Length == 0 ? ["*"] : types, ""), Actor.System)).Value;

    private async Task<IssuedToken> Change(string name = "ci") =>
        (await _rooms.Host.Tenants.CreateToken(new TokenRequest(_acme.Id, name, null), Actor.System)).Value;

    private Task Delivered(int count) =>
        _rooms.Until("SELECT count(*) FROM notices.deliveries WHERE state = 'delivered'", count, $"{count} delivered");

    private Task Attempted(int attempt) => _rooms.Until(
        $"SELECT count(*) FROM notices.deliveries WHERE attempts = {attempt} AND claimed_until IS NULL", 1, $"attempt {attempt} ended");

    private async Task<DeliveryDetails> Details(WebhookId webhook)
    {
        var delivery = (await Webhooks.Deliveries(webhook, null, 10, Actor.System)).Value.Single();
        return (await Webhooks.Delivery(delivery.Id, Actor.System)).Value;
    }

    // As the specification has receivers do it.
    private static bool Signed(ReceivedRequest request, string secret)
    {
        var signed = $"{request.Header("webhook-id")}.{request.Header("webhook-timestamp")}.{request.Text}";
        var hash = HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes(signed));
        Assert.True(long.Parse(request.Header("webhook-timestamp")!, CultureInfo.InvariantCulture) > 1_500_000_000);
        return request.Header("webhook-signature")!.Split(' ').Contains("v1," + Convert.ToBase64String(hash), StringComparer.Ordinal);
    }
}

/// <summary>An organization of one person.</summary>
internal sealed class OneReader(Person person) : IAudience
{
    public Task<IReadOnlyList<Person>> Of(OrganizationId organization, Permission permission, CancellationToken ct = default) =>
        Task.FromResult<IReadOnlyList<Person>>([person]);
}
