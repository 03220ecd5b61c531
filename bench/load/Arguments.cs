using System.Globalization;

namespace Sluice.Load;

/// <summary>A mode and its <c>--name value</c> pairs.</summary>
internal sealed class Arguments(string mode, IReadOnlyDictionary<string, string> values)
{
    public string Mode { get; } = mode;

    public static Arguments Parse(string[] args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 1; i < args.Length; i += 2)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == args.Length)
                throw new ArgumentException($"Not understood: {args[i]}", nameof(args));
            values[args[i][2..]] = args[i + 1];
        }
        return new Arguments(args.Length == 0 ? string.Empty : args[0], values);
    }

    public string? Text(string name) => values.GetValueOrDefault(name);

    public string Required(string name) =>
        Text(name) ?? throw new ArgumentException($"--{name} is missing.", nameof(name));

    public int Number(string name, int fallback) =>
        Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;
}
