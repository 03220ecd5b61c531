using System.Globalization;

namespace Sluice.Load;

/// <summary>Measured values against their budgets.</summary>
internal sealed class Verdicts
{
    private readonly List<Verdict> _all = [];

    public IReadOnlyList<Verdict> All => _all;

    public bool Met => _all.TrueForAll(verdict => verdict.Met);

    public void AtLeast(string what, double value, double bound) => Add(what, value, ">=", bound, value >= bound);

    public void AtMost(string what, double value, double bound) => Add(what, value, "<=", bound, value <= bound);

    public void Print()
    {
        Console.WriteLine();
        foreach (var verdict in _all)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{(verdict.Met ? "met   " : "MISSED")}  {verdict.What,-44} {verdict.Value,10:0.###} {verdict.Relation} {verdict.Bound:0.###}"));
        }
    }

    // A value that could not be read (NaN) meets nothing.
    private void Add(string what, double value, string relation, double bound, bool met) =>
        _all.Add(new Verdict(what, value, relation, bound, met));
}

internal sealed record Verdict(string What, double Value, string Relation, double Bound, bool Met);
