using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Notices;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.Notices;

/// <summary>Alert rules over a real database and usage that the test sets.</summary>
public sealed class AlertTests(PostgresCluster postgres) : IAsyncLifetime
{
    private readonly MisbehavingOrigin _receiver = MisbehavingOrigin.Start();
    private readonly Person _ada = new(WireId.New<UserId>(), "Ada", "ada@example.org");
    private readonly UsageOfTests _usage = new();
    private NoticesRooms _rooms = null!;
    private Organization _acme = null!;

    private IAlerts Alerts => _rooms.Get<IAlerts>();

    public async ValueTask InitializeAsync()
    {
        (_receiver.IsProbe, _receiver.Default) = (_ => false, Behaviours.Body("thanks"));
        _rooms = new NoticesRooms(await postgres.CreateDatabase(), More);
        _acme = (await _rooms.Host.Tenants.CreateOrganization("Acme", Actor.System)).Value;
        _usage.Organizations.Add(_acme.Id);
    }

    public async ValueTask DisposeAsync()
    {
        await _rooms.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Each_level_of_a_quota_is_told_once_a_period_by_every_way()
    {
        await _rooms.Get<IWebhooks>().Create(_acme.Id, new WebhookRequest(_receiver.Url, [EventTypes.Alert], ""), Actor.System);
        await Create(Quota());
        _usage.Quotas = new PlanQuotas(1000, 30_000);
        Assert.Equal(0, await At(499));
        Assert.Equal(1, await At(500));
        Assert.Equal(0, await At(799));
        Assert.Equal(2, await At(1000));
        Assert.Equal(0, await At(5000));
        await _rooms.Start();
        await _rooms.Until("SELECT count(*) FROM notices.deliveries WHERE state = 'delivered'", 3, "told by webhook");
        Assert.Equal(3, await _rooms.Host.Scalar("SELECT count(*) FROM notices.notices WHERE kind = 'alert.crossed'"));
        Assert.Equal(3, await _rooms.Host.Scalar("SELECT count(*) FROM notices.mails WHERE template = 'alert'"));
        Assert.Contains(_receiver.Received, one => one.Text.Contains("80 % of the daily quota is used", StringComparison.Ordinal));
        _rooms.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, await At(499));
        Assert.Equal(1, await At(600));
    }

    [Fact]
    public async Task A_crossing_is_told_once_however_many_processes_look_at_once()
    {
        await using var second = new NoticesRooms(_rooms.Host.Source.ConnectionString, More, _rooms);
        await Create(Quota());
        await Create(Usage(100));
        await Create(Errors(10));
        _usage.Quotas = new PlanQuotas(1000, null);
        _usage.Used = new UsedSpan(900, 100, 50);
        var told = await Task.WhenAll(Enumerable.Range(0, 24).Select(i =>
            Task.Run(() => (i % 2 == 0 ? _rooms : second).Get<IAlerts>().Evaluate())));
        Assert.Equal(4, told.Sum());
        await _rooms.Start();
        await second.Start();
        await _rooms.Until("SELECT count(*) FROM jobs.outbox", 0, "all is handled");
        Assert.Equal(4, await _rooms.Host.Scalar("SELECT count(*) FROM notices.notices WHERE kind = 'alert.crossed'"));
        Assert.Equal(4, await _rooms.Host.Scalar("SELECT count(*) FROM notices.mails WHERE template = 'alert'"));
    }

    [Fact]
    public async Task Usage_is_told_once_a_period()
    {
        await Create(Usage(100) with { Period = AlertPeriod.Hour });
        Assert.Equal(0, await At(99));
        Assert.Equal(1, await At(100));
        Assert.Equal(0, await At(1000));
        _rooms.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, await At(100));
    }

    [Fact]
    public async Task Errors_are_told_when_their_share_is_reached_and_again_only_after_it_was_not()
    {
        var rule = await Create(Errors(10));
        Assert.Equal(0, await At(0, calls: 19, failed: 19));
        Assert.Equal(0, await At(0, calls: 100, failed: 9));
        Assert.Equal(1, await At(0, calls: 100, failed: 10));
        Assert.Equal(0, await At(0, calls: 100, failed: 100));
        // Below for a moment only: within the window that is the same trouble.
        Assert.Equal(0, await At(0, calls: 100, failed: 9));
        Assert.Equal(0, await At(0, calls: 100, failed: 10));
        _rooms.Time.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(0, await At(0, calls: 100, failed: 10));
        Assert.Equal(0, await At(0, calls: 100, failed: 0));
        Assert.Equal(1, await At(0, calls: 100, failed: 10));
        Assert.NotNull((await Alerts.List(_acme.Id, Actor.System)).Value.Single(one => one.Id == rule.Id).LastAt);
    }

    [Fact]
    public async Task Organizations_without_usage_are_not_looked_at_but_a_raised_rule_ends()
    {
        await Create(Errors(10));
        Assert.Equal(1, await At(0, calls: 100, failed: 50));
        _usage.Organizations.Clear();
        _usage.Asked = 0;
        _rooms.Time.Advance(TimeSpan.FromMinutes(16));
        await At(0, calls: 0, failed: 0);
        Assert.Equal(0, await _rooms.Host.Scalar("SELECT count(*) FROM notices.alerts WHERE raised_at IS NOT NULL"));
        _usage.Asked = 0;
        await At(10_000, calls: 100, failed: 100);
        Assert.Equal(0, _usage.Asked);
    }

    [Fact]
    public async Task Rules_of_another_organization_are_not_there_and_changes_are_on_the_trail()
    {
        var rule = await Create(Usage(1));
        var other = (await _rooms.Host.Tenants.CreateOrganization("Other", Actor.System)).Value;
        var stranger = new Actor(ActorKind.Organization, "token", other.Id);
        Assert.Equal("tenants.organization-unknown", (await Alerts.List(_acme.Id, stranger)).Refusal!.Code);
        Assert.Equal("tenants.organization-unknown", (await Alerts.Create(_acme.Id, Usage(1), stranger)).Refusal!.Code);
        Assert.Equal("notices.alert-unknown", (await Alerts.Delete(rule.Id, stranger)).Refusal!.Code);
        Assert.True((await Alerts.Delete(rule.Id, Actor.System)).Ok);
        Assert.Equal(2, await _rooms.Host.Scalar("SELECT count(*) FROM audit.events WHERE action LIKE 'notices.alert.%'"));
    }

    [Fact]
    public async Task A_person_reads_what_is_his_own_alone()
    {
        await Create(Usage(1));
        await Create(Usage(2));
        await At(10);
        await _rooms.Start();
        await _rooms.Until("SELECT count(*) FROM notices.notices", 2, "both are told");
        var inbox = _rooms.Get<IInbox>();
        var ada = new Actor(ActorKind.User, "ada", null) { User = _ada.User };
        var eve = new Actor(ActorKind.User, "eve", null) { User = WireId.New<UserId>() };
        var notices = (await inbox.List(ada)).Value;
        Assert.Equal(2, await inbox.Unread(ada));
        Assert.Empty((await inbox.List(eve)).Value);
        Assert.Equal("notices.notice-unknown", (await inbox.Read(notices[0].Id, eve)).Refusal!.Code);
        Assert.True((await inbox.Read(notices[0].Id, ada)).Ok);
        Assert.True((await inbox.Read(notices[0].Id, ada)).Ok);
        Assert.Single((await inbox.List(ada, unreadOnly: true)).Value);
        Assert.Equal(notices[1].Id, Assert.Single((await inbox.List(ada, after: notices[0].Id)).Value).Id);
        Assert.Equal(0, (await inbox.ReadAll(eve)).Value);
        Assert.Equal(1, (await inbox.ReadAll(ada)).Value);
        Assert.Equal("notices.user-only", (await inbox.List(Actor.System)).Refusal!.Code);
    }

    private static AlertRequest Quota() => new(
        "Quota", AlertKind.Quota, AlertPeriod.Day, null, [50, 80, 100], 15, 20,
        [AlertChannel.Inbox, AlertChannel.Mail, AlertChannel.Webhook]);

    private static AlertRequest Usage(long units) =>
        new("Usage", AlertKind.Usage, AlertPeriod.Day, units, [], 15, 20, [AlertChannel.Inbox, AlertChannel.Mail]);

    private static AlertRequest Errors(int percent) =>
        new("Errors", AlertKind.Errors, AlertPeriod.Day, null, [percent], 15, 20, [AlertChannel.Inbox, AlertChannel.Mail]);

    private void More(IServiceCollection services)
    {
        services.Configure<WebhooksOptions>(o => o.PlainLoopback = true);
        services.Configure<MailOptions>(o => o.Keep = true);
        // The test evaluates by itself.
        services.Configure<AlertsOptions>(o => o.IntervalMs = 3_600_000);
        services.AddSingleton<IUsageFacts>(_usage);
        services.AddSingleton<IAudience>(new OneReader(_ada));
    }

    private async Task<AlertRule> Create(AlertRequest request) => (await Alerts.Create(_acme.Id, request, Actor.System)).Value;

    private Task<int> At(long units, long calls = 0, long failed = 0)
    {
        _usage.Used = new UsedSpan(units, calls, failed);
        return Alerts.Evaluate();
    }

    private sealed class UsageOfTests : IUsageFacts
    {
        public ConcurrentBag<OrganizationId> Organizations { get; } = [];
        public UsedSpan Used { get; set; }
        public PlanQuotas Quotas { get; set; }
        public int Asked { get; set; }

        public Task<IReadOnlyList<OrganizationId>> Active(DateTimeOffset since, CancellationToken ct = default) =>
            Task.FromResult<IReadOnlyList<OrganizationId>>([.. Organizations]);

        Task<UsedSpan> IUsageFacts.Used(OrganizationId organization, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
        {
            Asked++;
            return Task.FromResult(Used);
        }

        Task<PlanQuotas> IUsageFacts.Quotas(OrganizationId organization, CancellationToken ct) => Task.FromResult(Quotas);
    }
}
