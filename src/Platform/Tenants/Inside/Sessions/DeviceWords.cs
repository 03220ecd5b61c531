namespace Sluice.Platform.Tenants.Inside.Sessions;

/// <summary>
/// A user agent in words that a person recognizes a device by. Pure, and of a closed set: nothing of it is echoed.
/// </summary>
internal static class DeviceWords
{
    // In this order: each names the ones after it too.
    private static readonly (string Mark, string Name)[] Programs =
    [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Chromium/", "Chromium"), ("Safari/", "Safari"), ("curl/", "curl"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"), ("Linux", "Linux"),
    ];

    public static string Of(string? agent) => (Find(Programs, agent), Find(Systems, agent)) switch
    {
        ({ } program, { } system) => $"{program} on {system}",
        ({ } program, null) => program,
        (null, { } system) => $"A program on {system}",
        _ => "An unknown program",
    };

    private static string? Find((string Mark, string Name)[] marks, string? agent)
    {
        if (agent is null) return null;
        foreach (var (mark, name) in marks)
            if (agent.Contains(mark, StringComparison.Ordinal)) return name;
        return null;
    }
}
