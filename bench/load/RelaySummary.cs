using System.Globalization;

namespace Sluice.Load;

/// <summary>Medians, ratios of pairs and their spread.</summary>
internal sealed record RelaySummary(
    IReadOnlyList<ContenderSummary> Contenders, Spread ToNginx, Spread ToYarp, Spread PacedP99Ratio, long Faulty)
{
    public static RelaySummary Of(Measured measured)
    {
        var names = measured.Rounds.Select(round => round.Contender).Distinct(StringComparer.Ordinal).ToArray();
        return new RelaySummary(
            [.. names.Select(name => ContenderSummary.Of(name, measured))],
            Ratios("nginx"), Ratios("yarp"), PacedRatios(),
            measured.Rounds.Where(round => Is(round.Contender, "sluice"))
                .Sum(round => round.Result.Refused + round.Result.Broken)
                + measured.Paced.Where(round => Is(round.Contender, "sluice")).Sum(round => round.Result.Failed));

        Spread Ratios(string peer) => Spread.Of(
            from ours in measured.Rounds
            from theirs in measured.Rounds
            where Is(ours.Contender, "sluice") && Is(theirs.Contender, peer) && ours.Number == theirs.Number
            select ours.Result.PerSecond / theirs.Result.PerSecond);

        Spread PacedRatios() => Spread.Of(
            from ours in measured.Paced
            from theirs in measured.Paced
            where Is(ours.Contender, "sluice") && Is(theirs.Contender, "nginx") && ours.Number == theirs.Number
            select ours.Result.P99Ms / theirs.Result.P99Ms);

        static bool Is(string name, string other) => string.Equals(name, other, StringComparison.Ordinal);
    }

    public void Print()
    {
        Line($"\n{"",-8}{"req/s",9}{"p50 us",9}{"p99 us",9}   CPU per call: {"user",6}{"sys",7} us   origin   database");
        foreach (var one in Contenders)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{one.Name,-8}{one.PerSecond,9:0}{one.P50Micros,9:0}{one.P99Micros,9:0}"
                + $"                 {one.Own.UserMicros,6:0.0}{one.Own.SystemMicros,7:0.0}    "
                + $"{one.Origin.TotalMicros,9:0.0}{one.Database.TotalMicros,11:0.0}"));
        }
        Line($"\nratio to nginx   {ToNginx}");
        Line($"ratio to YARP    {ToYarp}");
        Line($"paced p99 ratio  {PacedP99Ratio}");
    }

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}

internal sealed record ContenderSummary(
    string Name, double PerSecond, double P50Micros, double P99Micros, PerCall Own, PerCall Origin, PerCall Database)
{
    public static ContenderSummary Of(string name, Measured measured)
    {
        var rounds = measured.Rounds
            .Where(round => string.Equals(round.Contender, name, StringComparison.Ordinal)).ToArray();
        return new ContenderSummary(
            name, Middle(round => round.Result.PerSecond), Middle(round => round.Result.P50Micros),
            Middle(round => round.Result.P99Micros), Cost(round => round.Own), Cost(round => round.Origin),
            Cost(round => round.Database));

        double Middle(Func<Round, double> value) => Statistics.Median([.. rounds.Select(value)]);

        PerCall Cost(Func<Round, PerCall> part) =>
            new(Middle(round => part(round).UserMicros), Middle(round => part(round).SystemMicros));
    }
}

internal sealed record Spread(double Median, double Least, double Greatest)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var all = values.ToArray();
        return all.Length == 0
            ? new(double.NaN, double.NaN, double.NaN)
            : new(Statistics.Median(all), all.Min(), all.Max());
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Median:0.000}  ({Least:0.000} to {Greatest:0.000})");
}
