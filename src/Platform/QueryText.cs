using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>Reads a query string: collects every fault, the unknown parameters too.</summary>
internal sealed class QueryText(IQueryCollection query)
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    public List<string> Faults { get; } = [];

    public string? Text(string name)
    {
        _read.Add(name);
        var values = query[name];
        if (values.Count > 1) Faults.Add($"{name} stands more than once.");
        return values.Count == 0 || values[0]!.Length == 0 ? null : values[0];
    }

    public string[] List(string name)
    {
        _read.Add(name);
        return [.. query[name].SelectMany(v => v!.Split(
            ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
    }

    public T? Id<T>(string name) where T : struct, ITypedId<T>
    {
        if (Text(name) is not { } text) return null;
        if (WireId.TryParse<T>(text, out var id)) return id;
        Faults.Add($"{name} is an id that reads {T.Prefix}_….");
        return null;
    }

    public int? Number(string name)
    {
        if (Text(name) is not { } text) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        Faults.Add($"{name} is a whole number.");
        return null;
    }

    public bool? Flag(string name)
    {
        if (Text(name) is not { } text) return null;
        if (bool.TryParse(text, out var flag)) return flag;
        Faults.Add($"{name} is true or false.");
        return null;
    }

    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text) return null;
        // Bounded here, so that nobody who adds to a time or takes from it leaves the calendar.
        if (DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time) && time.Year is >= 2000 and < 9000) return time;
        Faults.Add($"{name} is a time in ISO 8601 after the year 2000: 2026-01-31T12:00:00Z.");
        return null;
    }

    public T Choice<T>(string name, T otherwise) where T : struct, Enum
    {
        if (Text(name) is not { } text) return otherwise;
        foreach (var value in Enum.GetValues<T>())
            if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase)) return value;
        Faults.Add($"{name} is one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}.");
        return otherwise;
    }

    /// <summary>Of a list, <c>?limit=</c>: from 1 to <paramref name="most"/>, which is also what absent means.</summary>
    public int Limit(int most)
    {
        var limit = Number("limit") ?? most;
        if (limit < 1 || limit > most) Faults.Add($"limit is 1 to {most}.");
        return Math.Clamp(limit, 1, most);
    }

    /// <summary>All faults as one refusal; null when there is none.</summary>
    public Refusal? Refusal()
    {
        foreach (var (name, values) in query)
        {
            if (!_read.Contains(name)) Faults.Add($"{name} is unknown: use {string.Join(", ", _read.Order())}.");
            // The database has no such text either. What has a fault of its own needs no second one.
            else if (Faults.Count == 0 && values.ToString().Contains('\0', StringComparison.Ordinal))
                Faults.Add($"{name} holds a character that no text has (U+0000).");
        }
        if (Faults.Count == 0) return null;
        return Refuse(Faults);
    }

    /// <summary>The refusal of a query with these faults.</summary>
    public static Refusal Refuse(IReadOnlyList<string> faults) =>
        new("api.query-invalid", faults.Count == 1 ? faults[0] : "The query has faults.", 400, faults);
}
