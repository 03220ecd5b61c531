namespace Sluice.Unit;

/// <summary>
/// The codes of refusals as the source writes them. One spelling for all: lower case, the room or subject, a dot, then
/// words joined by hyphens.
/// </summary>
internal static class ProblemCodes
{
    private const string Spelling = @"^[a-z]+\.[a-z]+(-[a-z]+)*$";

    // A refusal of the platform, the host's own problems, an error of the gateway.
    private static readonly string[] Places =
    [
        @"\b(Refusal|NotFound|Invalid|Conflict)\(\s*""(?<name>[^""]*)""",
        @"\bnew\(\s*""(?<name>\w+\.[^"" ]+)"",\s",
        @"\bGatewayError \w+ =\s+new\(\s*""(?<name>[^""]*)""",
        @"(Problem\(http, \d+, |\(\d{3}, |StatusCode, |\b\d{3} => \(|\b_ => \()""(?<name>[^"" ]*)""",
    ];

    public static IEnumerable<string> In(string text) => Places.SelectMany(place => Repository.Find(text, place));

    public static IEnumerable<string> Misspelt(string text) => In(text).Where(code => !Repository.Says(code, Spelling));
}
