using System.Text.Json.Serialization;

namespace Sluice.Platform.Keys.Inside;

/// <summary>
/// An app's rules on the wire and in the table. A field that is not known is refused: a rule that was mistyped must not
/// quietly be no rule.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RulesBody
{
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
