using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

/// <summary>Limits as options of app and key verbs.</summary>
internal sealed class LimitOptions
{
    private readonly Option<int?> _requests = new("--requests-per-second")
    {
        Description = "Requests per second.",
        HelpName = "N",
    };
    private readonly Option<long?> _units = new("--units-per-second")
    {
        Description = "Compute units per second.",
        HelpName = "N",
    };
    private readonly Option<long?> _daily = new("--daily-units") { Description = "Compute units per UTC day.", HelpName = "N" };
    private readonly Option<long?> _monthly = new("--monthly-units")
    {
        Description = "Compute units per calendar month.",
        HelpName = "N",
    };
    private readonly Option<bool> _soft = new("--soft") { Description = "Quotas count but do not refuse." };
    private readonly Option<bool> _hard = new("--hard") { Description = "Quotas refuse once they are used up (the default)." };

    public Symbol[] All => [_requests, _units, _daily, _monthly, _soft, _hard];

    /// <summary>Shows limits, each by its name.</summary>
    public static void Show(JsonNode limits) => Output.Details(
        limits, new("Requests/s", "requestsPerSecond"), new("Units/s", "unitsPerSecond"), new("Units/day", "dailyUnits"),
        new("Units/month", "monthlyUnits"), new("Cap", "cap"));

    /// <summary>What is given, and nothing else.</summary>
    public JsonObject Read(ParseResult parsed)
    {
        var (soft, hard) = (parsed.GetValue(_soft), parsed.GetValue(_hard));
        if (soft && hard) throw HostFault.Usage("--soft and --hard exclude each other.");
        var limits = new JsonObject();
        if (soft || hard) limits["cap"] = soft ? "soft" : "hard";
        if (parsed.GetValue(_requests) is { } requests) limits["requestsPerSecond"] = requests;
        if (parsed.GetValue(_units) is { } units) limits["unitsPerSecond"] = units;
        if (parsed.GetValue(_daily) is { } daily) limits["dailyUnits"] = daily;
        if (parsed.GetValue(_monthly) is { } monthly) limits["monthlyUnits"] = monthly;
        return limits;
    }
}
