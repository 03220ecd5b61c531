using System.Text.RegularExpressions;
using Sluice.Kernel;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Trail;

/// <summary>
/// The names of the people whose ids stand in what a page shows, as far as the viewer may know them. Whom he may not see stays
/// an id.
/// </summary>
public sealed partial class People
{
    /// <summary>For a page without any.</summary>
    public static readonly People Nobody = new(new Dictionary<UserId, string>());

    private readonly IReadOnlyDictionary<UserId, string> _names;

    private People(IReadOnlyDictionary<UserId, string> names) => _names = names;

    /// <summary>Asks once for all ids in all texts.</summary>
    public static async Task<People> In(HttpContext http, IEnumerable<string> texts)
    {
        HashSet<UserId> users = [];
        foreach (var text in texts)
            foreach (Match match in Ids().Matches(text))
                if (WireId.TryParse<UserId>(match.Value, out var user)) users.Add(user);
        if (users.Count == 0) return Nobody;
        return new People(await http.RequestServices.GetRequiredService<IUsers>()
            .NamesOf(users, Platform.Http.ActorOf(http), http.RequestAborted));
    }

    /// <summary>The name of the person with this id; null where it is none, or is not shown.</summary>
    public string? Name(string id) =>
        WireId.TryParse<UserId>(id, out var user) && _names.TryGetValue(user, out var name) ? name : null;

    /// <summary>A text with names in place of ids.</summary>
    public string Told(string text) => Ids().Replace(text, match => Name(match.Value) ?? match.Value);

    [GeneratedRegex("\\busr_[0-9a-z]{26}\\b", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Ids();
}
