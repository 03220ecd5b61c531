using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants;

namespace Sluice.Platform.Notices.Inside.Alerts;

/// <summary>
/// Looks at the rules of organizations that used anything of late. Several processes may: a crossing is told by whoever
/// writes it down first, in the same transaction.
/// </summary>
internal sealed class Evaluation(
    IServiceProvider services, AlertBook book, IUnitsOfWork units, IOutbox outbox, ITenants tenants, TimeProvider time)
{
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(15);

    // Of a process that just began: what was missed while none ran.
    private static readonly TimeSpan RecentAtFirst = TimeSpan.FromDays(1);

    private int _begun;

    public async Task<int> Run(CancellationToken ct)
    {
        if (services.GetService(typeof(IUsageFacts)) is not IUsageFacts facts) return 0;
        var now = time.GetMicros();
        var active = await facts.Active(now - (Interlocked.Exchange(ref _begun, 1) == 0 ? RecentAtFirst : Recent), ct);
        var told = 0;
        foreach (var rules in (await book.Of(active, ct)).GroupBy(rule => rule.Organization))
        {
            var usage = new Spans(facts, rules.Key, now);
            foreach (var rule in rules) told += await One(rule, usage, ct);
        }
        return told;
    }

    private async Task<int> One(AlertRule rule, Spans usage, CancellationToken ct)
    {
        if (rule.Rule.Kind == AlertKind.Errors) return await Errors(rule, usage, ct);
        var begin = Crossing.BeginOf(rule.Rule.Period, usage.Now);
        var used = (await usage.Since(begin, ct)).Units;
        if (rule.Rule.Kind == AlertKind.Usage)
        {
            var most = rule.Rule.Units!.Value;
            return used < most ? 0 : await Tell(new Crossing(rule, most, used, most, begin), ct);
        }
        var quotas = await usage.Quotas(ct);
        if ((rule.Rule.Period == AlertPeriod.Day ? quotas.DailyUnits : quotas.MonthlyUnits) is not ({ } quota and > 0)) return 0;
        var told = 0;
        foreach (var level in rule.Rule.Percents.Where(level => (Int128)used * 100 >= (Int128)quota * level))
            told += await Tell(new Crossing(rule, level, used, quota, begin), ct);
        return told;
    }

    private async Task<int> Errors(AlertRule rule, Spans usage, CancellationToken ct)
    {
        var begin = usage.Now.AddMinutes(-rule.Rule.WindowMinutes);
        var used = await usage.Since(begin, ct);
        var share = rule.Rule.Percents[0];
        var reached = used.Calls >= rule.Rule.CallsMin && (Int128)used.Failed * 100 >= (Int128)used.Calls * share;
        if (reached) return await Tell(new Crossing(rule, share, used.Failed, used.Calls, begin), ct);
        await book.Lower(rule.Id, rule.Rule.WindowMinutes, ct);
        return 0;
    }

    private async Task<int> Tell(Crossing crossing, CancellationToken ct)
    {
        var organization = (await tenants.FindOrganization(crossing.Rule.Organization, ct))?.Name ?? "";
        await using var work = await units.Begin(ct);
        var first = crossing.Rule.Rule.Kind == AlertKind.Errors
            ? await book.Raise(crossing.Rule.Id, work, ct)
            : await book.Cross(crossing.Rule.Id, crossing.Begin, crossing.Level, crossing.Value, work, ct);
        if (!first) return 0;
        await outbox.Record(crossing.Fact(organization, time.GetMicros()), work, ct);
        await work.Commit(ct);
        return 1;
    }

    /// <summary>What one organization used, each span asked for once in an evaluation.</summary>
    private sealed class Spans(IUsageFacts facts, OrganizationId organization, DateTimeOffset now)
    {
        private readonly Dictionary<DateTimeOffset, UsedSpan> _known = [];
        private PlanQuotas? _quotas;

        public DateTimeOffset Now => now;

        public async Task<UsedSpan> Since(DateTimeOffset begin, CancellationToken ct) =>
            _known.TryGetValue(begin, out var known) ? known : _known[begin] = await facts.Used(organization, begin, now, ct);

        public async Task<PlanQuotas> Quotas(CancellationToken ct) => _quotas ??= await facts.Quotas(organization, ct);
    }
}
