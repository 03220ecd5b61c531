using System.Text.RegularExpressions;
using Sluice.Host.Portal.Kit;
using Sluice.Kernel;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Tokens;

/// <summary>Permissions as people tick them: what they are about, and the verb.</summary>
internal static partial class Scopes
{
    /// <summary>What a token of a kind can be narrowed to.</summary>
    public static IReadOnlyList<Checks.CheckRow> Rows(TokenKind kind) => [.. Access.All
        .Where(one => Fits(kind, one))
        .GroupBy(Subject)
        .Select(group => new Checks.CheckRow(
            group.Key, [.. group.Select(one => new Choice(Access.Name(one), Capital(Verb(one))))]))];

    /// <summary>The same in a few words: "apps, keys and 3 more".</summary>
    public static string Told(IReadOnlyList<Permission>? scopes)
    {
        if (scopes is null) return "Everything";
        var names = scopes.Select(one => $"{Verb(one)} {Subject(one).ToLowerInvariant()}").ToList();
        return names.Count <= 3 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(2))} and {names.Count - 2} more";
    }

    /// <summary>Those whose names were sent; null where one is none.</summary>
    public static IReadOnlyList<Permission>? Parse(IReadOnlyList<string> names)
    {
        List<Permission> scopes = [];
        foreach (var name in names)
        {
            if (Access.Find(name) is not { } permission) return null;
            scopes.Add(permission);
        }
        return scopes;
    }

    // A token of an organization has what its kind can have; the others could have anything but the account's security.
    private static bool Fits(TokenKind kind, Permission permission) => Access.LevelOf(permission) switch
    {
        PermissionLevel.Organization => kind != TokenKind.Organization || Access.Has(Actor.TokenRole, permission),
        PermissionLevel.Platform => kind == TokenKind.Operator,
        _ => permission != Permission.SelfSecurity && Access.Has(
            kind switch
            {
                TokenKind.Operator => ActorKind.Operator,
                TokenKind.Organization => ActorKind.Organization,
                _ => ActorKind.User,
            }, permission),
    };

    private static string Subject(Permission permission)
    {
        var words = Words().Matches(permission.ToString()).Select(match => match.Value).ToList();
        var subject = string.Join(' ', words.Take(words.Count - 1));
        return subject == "Self" ? "Account" : Capital(subject.ToLowerInvariant());
    }

    private static string Capital(string words) => char.ToUpperInvariant(words[0]) + words[1..];

    private static string Verb(Permission permission) =>
        Words().Matches(permission.ToString())[^1].Value.ToLowerInvariant();

    [GeneratedRegex("[A-Z][a-z]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex Words();
}
