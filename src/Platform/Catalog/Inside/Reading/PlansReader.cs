namespace Sluice.Platform.Catalog.Inside.Reading;

/// <summary>Reads a plans file, docs/plans.md. What a plan leaves out is limited as the free plan is.</summary>
internal static class PlansReader
{
    internal const int PlansMax = 500;
    internal const long UnitsMax = 1_000_000_000_000_000;

    public static IReadOnlyList<PlanDefinition> Read(string json, Faults faults)
    {
        using var document = JsonFile.Open(json, faults);
        if (document is null || ObjectAt.Open(document.RootElement, "$", faults) is not { } file) return [];
        List<PlanDefinition> plans = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (var (item, path) in file.Items("plans", PlansMax, required: true))
        {
            if (ObjectAt.Open(item, path, faults) is not { } at) continue;
            var plan = ReadPlan(at);
            plans.Add(plan);
            if (plan.Name.Length > 0 && !names.Add(plan.Name))
                faults.Add(at.At("name"), $"\"{plan.Name}\" stands twice in this file. Remove or rename one.");
        }
        file.Close();
        return plans;
    }

    private static PlanDefinition ReadPlan(ObjectAt at)
    {
        at.Find("version");
        var plan = new PlanDefinition
        {
            Name = CatalogNames.Read(at, "name", reserved: false),
            Title = at.Text("title", 100, required: true) ?? "",
            Services = ReadServices(at),
            Limits = ReadLimits(at),
            AppsMax = (int)at.Whole("appsMax", 1, 100_000, PlanDefinition.Free.AppsMax),
            KeysMax = (int)at.Whole("keysMax", 1, 10_000_000, PlanDefinition.Free.KeysMax),
        };
        at.Close();
        return plan;
    }

    private static IReadOnlyList<string> ReadServices(ObjectAt at)
    {
        if (!at.Has("services")) return ["*"];
        SortedSet<string> services = new(StringComparer.Ordinal);
        foreach (var (item, path) in at.Items("services", 1000))
        {
            if (ObjectAt.TextOf(item, path, at.Faults) is not { } name) continue;
            if (name != "*" && !CatalogNames.WellFormed(name))
                at.Faults.Add(path, $"{Faults.Quote(name)} is no name of a service. Use names, or \"*\" for all.");
            else if (!services.Add(name)) at.Faults.Add(path, $"\"{name}\" stands twice. Remove one.");
        }
        if (services.Count == 0)
            at.Faults.Add(at.At("services"), "allows nothing. List services, or \"*\" for all.");
        return services.Contains("*") ? ["*"] : [.. services];
    }

    private static LimitSet ReadLimits(ObjectAt plan)
    {
        var free = PlanDefinition.Free.Limits;
        if (plan.Object("limits") is not { } at) return free;
        var limits = new LimitSet
        {
            RequestsPerSecond = (int?)at.Limit("requestsPerSecond", 1, 1_000_000, free.RequestsPerSecond),
            UnitsPerSecond = at.Limit("unitsPerSecond", 1, 1_000_000_000, free.UnitsPerSecond),
            DailyUnits = at.Limit("dailyUnits", 0, UnitsMax, free.DailyUnits),
            MonthlyUnits = at.Limit("monthlyUnits", 0, UnitsMax, free.MonthlyUnits),
            Cap = at.Choice("cap", free.Cap),
        };
        at.Close();
        return limits;
    }
}
