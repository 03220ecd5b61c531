namespace Sluice.Platform.Keys.Inside;

/// <summary>An app's rules on the wire and in the table.</summary>
internal sealed record RulesBody
{
    private const int ReadMax = 10_000;

    public IReadOnlyList<string>? Services { get; init; }
    public IReadOnlyList<string>? Methods { get; init; }
    public IReadOnlyList<string>? Contracts { get; init; }
    public IReadOnlyList<string>? Origins { get; init; }
    public IReadOnlyList<string>? UserAgents { get; init; }
    public IReadOnlyList<string>? Networks { get; init; }

    public static RulesBody Of(AppRules rules) => new()
    {
        Services = rules.Services,
        Methods = rules.Methods,
        Contracts = rules.Contracts,
        Origins = rules.Origins,
        UserAgents = rules.UserAgents,
        Networks = rules.Networks,
    };

    /// <summary>The rules that a caller sends. More values than RuleCheck lets pass are not worth reading.</summary>
    public static AppRules Read(ObjectAt at) => new()
    {
        Services = at.Texts("services", ReadMax),
        Methods = at.Texts("methods", ReadMax),
        Contracts = at.Texts("contracts", ReadMax),
        Origins = at.Texts("origins", ReadMax),
        UserAgents = at.Texts("userAgents", ReadMax),
        Networks = at.Texts("networks", ReadMax),
    };

    public AppRules ToRules() => new()
    {
        Services = Services ?? [],
        Methods = Methods ?? [],
        Contracts = Contracts ?? [],
        Origins = Origins ?? [],
        UserAgents = UserAgents ?? [],
        Networks = Networks ?? [],
    };
}
