using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Tokens;

/// <summary>Scopes as they stand in bodies and in the table. Pure.</summary>
internal static class ScopeText
{
    private const int ReadMax = 1000;

    public static readonly Refusal NoOrganization = Wrong(
        "An operator's token is bound to no organization: leave 'organization' out, or ask for an organization's token.");

    public static string[]? Write(IReadOnlyList<Permission>? scopes) =>
        scopes is null ? null : [.. scopes.Distinct().Select(Access.Name)];

    /// <summary>What a name no longer means is no scope any more; a token never grows by it.</summary>
    public static IReadOnlyList<Permission>? Read(string[]? names) =>
        names is null ? null : [.. names.Select(Access.Find).OfType<Permission>()];

    /// <summary>The scopes of a body; null where it names none at all.</summary>
    public static IReadOnlyList<Permission>? At(ObjectAt at)
    {
        if (at.Find("scopes") is null) return null;
        List<Permission> scopes = [];
        foreach (var name in at.Texts("scopes", ReadMax))
        {
            if (Access.Find(name) is { } permission) scopes.Add(permission);
            else at.Faults.Add(at.At("scopes"), $"{Faults.Quote(name)} is no permission: docs/roles.md lists them.");
        }
        return [.. scopes.Distinct()];
    }

    /// <summary>Why such a token cannot have these scopes: what it could never do is a mistake, not a narrowing.</summary>
    public static Refusal? Fault(IReadOnlyList<Permission>? scopes, TokenKind kind)
    {
        if (scopes is null) return null;
        if (scopes.Count == 0)
            return Wrong("A token without any scope may do nothing: name at least one, or leave scopes out.");
        var never = scopes.Where(one => !Could(kind, one)).Select(Access.Name).ToList();
        return never.Count == 0
            ? null
            : Wrong($"Such a token can never have {string.Join(", ", never)}: leave it out.");
    }

    private static bool Could(TokenKind kind, Permission permission) => Access.LevelOf(permission) switch
    {
        PermissionLevel.Organization => kind != TokenKind.Organization || Access.Has(Actor.TokenRole, permission),
        PermissionLevel.Platform => kind != TokenKind.Organization,
        _ => permission != Permission.SelfSecurity && Access.Has(
            kind switch
            {
                TokenKind.Operator => ActorKind.Operator,
                TokenKind.Organization => ActorKind.Organization,
                _ => ActorKind.User,
            }, permission),
    };

    private static Refusal Wrong(string message) => Refusal.Invalid("tenants.scopes-invalid", message);
}
