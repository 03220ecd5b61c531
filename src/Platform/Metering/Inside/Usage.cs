using Microsoft.Extensions.Options;
using Sluice.Kernel;

namespace Sluice.Platform.Metering.Inside;

/// <summary>Checks what is asked and by whom, then reads.</summary>
internal sealed class Usage(
    Rollups rollups, RequestLog requestLog, NodeLogs nodes, TimeProvider time, IOptions<MeteringOptions> options) : IUsage
{
    public const int RowsMax = 100_000;
    public const int LogRowsMax = 1000;

    private static readonly Refusal Foreign =
        new("metering.organization-foreign", "You may read the usage of your own organizations only.", 403);

    private static readonly Refusal Which = Refusal.Invalid(
        "metering.organization-missing", "You belong to several organizations, or to none: say which, by 'organization'.");

    async Task<Result<IReadOnlyList<UsageRow>>> IUsage.Usage(UsageQuery query, Actor actor, CancellationToken ct)
    {
        if (Scope(query.Organization, actor, Permission.UsageRead, out var organization) is { } hidden) return hidden;
        query = query with { Organization = organization };
        var faults = new List<string>();
        Span(query.From, query.To, faults);
        foreach (var name in query.GroupBy)
        {
            if (Rollups.Dimensions.Any(d => d.Name == name)) continue;
            faults.Add($"groupBy '{name}' is unknown: use {string.Join(", ", Rollups.Dimensions.Select(d => d.Name))}.");
        }
        if (!Enum.IsDefined(query.Bucket)) faults.Add("bucket is one of minute, hour, day, total.");
        if (query.StatusClass is < 0 or > 9) faults.Add("statusClass is the first digit of a status: 0 to 9.");
        Limit(query.Limit, RowsMax, faults);
        Text("service", query.Service, faults);
        Text("method", query.Method, faults);
        if (faults.Count > 0) return QueryText.Refuse(faults);

        var rows = await rollups.Read(query, query.Limit + 1, ct);
        if (await rollups.Unkept(query, ct) is { } why) return Refusal.Invalid("metering.span-old", why);
        if (rows.Count > query.Limit)
        {
            return Refusal.Invalid(
                "metering.rows-max",
                $"The answer has more than {query.Limit} rows: shorten the span, take a larger bucket or group by less.");
        }
        return rows;
    }

    public async Task<Result<IReadOnlyList<LogRow>>> Log(LogQuery query, Actor actor, CancellationToken ct = default)
    {
        if (Scope(query.Organization, actor, Permission.LogRead, out var organization) is { } hidden) return hidden;
        query = query with { Organization = organization };
        var faults = new List<string>();
        Span(query.From, query.To, faults);
        Limit(query.Limit, LogRowsMax, faults);
        if (query.Status is < 0 or > 999) faults.Add("status is an HTTP status, 100 to 599.");
        if (faults.Count > 0) return QueryText.Refuse(faults);

        using var timeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(options.Value.LogTimeoutMs), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        try
        {
            var others = nodes.Read(query, either.Token);
            var own = await requestLog.Read(query, either.Token);
            return own.Concat(await others).OrderByDescending(r => r.At).Take(query.Limit).ToArray();
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return Refusal.Invalid(
                "metering.span-long", "The span holds too much to be searched in time: make it shorter.");
        }
    }

    private static Refusal? Scope(
        OrganizationId? asked, Actor actor, Permission permission, out OrganizationId? organization)
    {
        organization = asked;
        // Over all organizations, and what belongs to none: of those who see the whole installation.
        if (asked is null && actor.May(Permission.PlatformUsageRead)) return null;
        organization ??= actor.Organization ?? Only(actor, permission);
        if (organization is not { } one) return Which;
        return one.Value == Guid.Empty && !actor.May(Permission.PlatformUsageRead)
            ? Foreign
            : actor.Check(permission, one, Foreign);
    }

    private static OrganizationId? Only(Actor actor, Permission permission)
    {
        var readable = actor.Memberships.Keys.Where(one => actor.May(permission, one)).Take(2).ToArray();
        return readable.Length == 1 ? readable[0] : null;
    }

    private static void Span(DateTimeOffset from, DateTimeOffset to, List<string> faults)
    {
        if (from >= to) faults.Add("from must be before to.");
        if (from.Year < 2000 || to.Year > 9000) faults.Add("from and to are times between the years 2000 and 9000.");
    }

    private static void Limit(int limit, int most, List<string> faults)
    {
        if (limit < 1 || limit > most) faults.Add($"limit is 1 to {most}.");
    }

    private static void Text(string name, string? value, List<string> faults)
    {
        if (value is { Length: 0 or > 200 } || value?.Contains('\0', StringComparison.Ordinal) == true)
            faults.Add($"{name} is a name of 1 to 200 characters.");
    }
}
