using System.Text.Json;
using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>
/// A JSON object read property by property. What has the wrong type or range becomes a fault and reads as its default,
/// so that one pass finds everything; <see cref="Close"/> reports what nobody asked for.
/// </summary>
internal sealed class ObjectAt
{
    private readonly Dictionary<string, JsonElement> _properties = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private ObjectAt(string path, Faults faults) => (Path, Faults) = (path, faults);

    public string Path { get; }

    public Faults Faults { get; }

    /// <summary>The properties in the order of the file, for objects whose names are free.</summary>
    public IEnumerable<KeyValuePair<string, JsonElement>> All => _properties;

    public static ObjectAt? Open(JsonElement element, string path, Faults faults)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            faults.Add(path, $"is {Kind(element)}, must be an object {{…}}.");
            return null;
        }
        var at = new ObjectAt(path, faults);
        foreach (var property in element.EnumerateObject())
        {
            if (NameOf(property) is not { } name) faults.Add(path, "a property name is not valid Unicode. Rename it.");
            else if (!at._properties.TryAdd(name, property.Value))
                faults.Add(Faults.Below(path, name), "stands twice. Remove one of the two.");
        }
        return at;
    }

    public bool Has(string name) => _properties.ContainsKey(name);

    /// <summary>The property's value; null when absent, or when <c>null</c> stands there.</summary>
    public JsonElement? Find(string name)
    {
        _asked.Add(name);
        return _properties.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public bool IsNull(string name) => _properties.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Null;

    public string At(string name) => Faults.Below(Path, name);

    public string? Text(string name, int max, bool required = false)
    {
        if (Find(name) is not { } value)
        {
            if (required) Faults.Add(At(name), "is missing. Add it: a text.");
            return null;
        }
        if (TextOf(value, At(name), Faults) is not { } text) return null;
        if (text.Length > max)
        {
            Faults.Add(At(name), $"has {text.Length} characters, at most {max} are allowed.");
            return null;
        }
        if (required && string.IsNullOrWhiteSpace(text)) Faults.Add(At(name), "is empty. Write a text.");
        else if (Names.Hidden(text) is { } fault) Faults.Add(At(name), fault);
        return text;
    }

    /// <summary>What somebody calls a thing, trimmed; empty, with a fault, when it is missing or cannot be a name.</summary>
    public string Name(string name)
    {
        if (Find(name) is not { } value) Faults.Add(At(name), "is missing. Add it: a text.");
        else if (TextOf(value, At(name), Faults) is not { } text) return "";
        else if (Names.Fault(text.Trim()) is { } fault) Faults.Add(At(name), fault);
        else return text.Trim();
        return "";
    }

    public T? Id<T>(string name) where T : struct, ITypedId<T>
    {
        if (Find(name) is not { } value || TextOf(value, At(name), Faults) is not { } text) return null;
        if (WireId.TryParse<T>(text, out var id)) return id;
        Faults.Add(At(name), $"is no id of this kind: it reads {T.Prefix}_… with 26 characters.");
        return null;
    }

    /// <summary>A moment with its offset, as RFC 3339 writes it.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Find(name) is not { } value || TextOf(value, At(name), Faults) is not { } text) return null;
        // Bounded, so that nobody who adds to a time leaves the calendar.
        if (value.TryGetDateTimeOffset(out var time) && time.Year is >= 2000 and < 9000 && Zoned(text)) return time;
        Faults.Add(At(name), "is no time from 2000 on in ISO 8601 with its offset. Write it as in 2026-01-31T12:00:00Z.");
        return null;
    }

    /// <summary>An array of texts; what is no text among them is a fault.</summary>
    public IReadOnlyList<string> Texts(string name, int max) =>
    [
        .. from item in Items(name, max)
           let text = TextOf(item.Value, item.Path, Faults)
           where text is not null
           select text,
    ];

    public bool Flag(string name, bool otherwise)
    {
        if (Find(name) is not { } value) return otherwise;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Faults.Add(At(name), $"is {Kind(value)}, must be true or false.");
        return otherwise;
    }

    public long Whole(string name, long min, long max, long otherwise) =>
        Find(name) is { } value ? WholeOf(value, At(name), min, max, Faults) ?? otherwise : otherwise;

    /// <summary>A number where absent takes the default and <c>null</c> says that there is no limit.</summary>
    public long? Limit(string name, long min, long max, long? otherwise) =>
        Find(name) is { } value ? WholeOf(value, At(name), min, max, Faults) ?? otherwise
        : IsNull(name) ? null : otherwise;

    public T Choice<T>(string name, T otherwise) where T : struct, Enum
    {
        if (Find(name) is not { } value) return otherwise;
        if (TextOf(value, At(name), Faults) is not { } text) return otherwise;
        foreach (var choice in Enum.GetValues<T>())
            if (Wire(choice) == text) return choice;
        Faults.Add(
            At(name),
            $"{Faults.Quote(text)} is unknown. Use one of {string.Join(", ", Enum.GetValues<T>().Select(Wire))}.");
        return otherwise;
    }

    public ObjectAt? Object(string name) => Find(name) is { } value ? Open(value, At(name), Faults) : null;

    /// <summary>The items of an array, each with its path.</summary>
    public IReadOnlyList<(JsonElement Value, string Path)> Items(string name, int max, bool required = false)
    {
        if (Find(name) is not { } value)
        {
            if (required) Faults.Add(At(name), "is missing. Add it: an array […].");
            return [];
        }
        if (value.ValueKind != JsonValueKind.Array)
        {
            Faults.Add(At(name), $"is {Kind(value)}, must be an array […].");
            return [];
        }
        if (value.GetArrayLength() > max)
        {
            Faults.Add(At(name), $"has {value.GetArrayLength()} items, at most {max} are allowed.");
            return [];
        }
        return [.. value.EnumerateArray().Select((item, i) => (item, $"{At(name)}[{i}]"))];
    }

    /// <summary>Reports every property that was not asked for.</summary>
    public void Close()
    {
        foreach (var name in _properties.Keys.Where(name => !_asked.Contains(name)))
            Faults.Add(
                Faults.Below(Path, name),
                $"is unknown. Remove it, or use one of {string.Join(", ", _asked.Order(StringComparer.Ordinal))}.");
    }

    public static string? TextOf(JsonElement value, string path, Faults faults)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            faults.Add(path, $"is {Kind(value)}, must be a text in quotes.");
            return null;
        }
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // An escape such as \ud800 alone: valid JSON grammar, no Unicode text.
            faults.Add(path, "is not valid Unicode (half a surrogate pair). Write the character itself.");
            return null;
        }
    }

    public static long? WholeOf(JsonElement value, string path, long min, long max, Faults faults)
    {
        if (value.ValueKind != JsonValueKind.Number)
        {
            faults.Add(path, $"is {Kind(value)}, must be a whole number without quotes.");
            return null;
        }
        if (!value.TryGetInt64(out var number))
        {
            faults.Add(path, $"must be a whole number from {min} to {max}, written with digits alone.");
            return null;
        }
        if (number >= min && number <= max) return number;
        faults.Add(path, $"is {number}, must be from {min} to {max}.");
        return null;
    }

    public static string Wire<T>(T choice) where T : struct, Enum =>
        JsonNamingPolicy.CamelCase.ConvertName(choice.ToString());

    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool Zoned(string time) =>
        time.EndsWith('Z') || (time.Length > 6 && time[^6] is '+' or '-' && time[^3] == ':');

    private static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };
}
