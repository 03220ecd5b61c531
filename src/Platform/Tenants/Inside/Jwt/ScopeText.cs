using System.Collections.Frozen;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>Scopes as OAuth writes them: names of permissions with spaces between. Pure.</summary>
internal static class ScopeText
{
    private const int LengthMax = 4000;

    /// <summary>
    /// What was asked for, null where nothing was. Refused where a name is none, or more is asked for than
    /// <paramref name="held"/> has.
    /// </summary>
    public static Result<Narrowed> Narrow(string? asked, IReadOnlySet<Permission>? held)
    {
        if (asked is null) return new Narrowed(held);
        if (asked.Length > LengthMax) return TokenRefusals.Scope($"The scope is longer than {LengthMax} characters.");
        var names = asked.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0) return TokenRefusals.Scope("The scope is empty: name permissions, or leave it out.");
        HashSet<Permission> scopes = [];
        foreach (var name in names)
        {
            if (Access.Find(name) is not { } permission)
                return TokenRefusals.Scope($"There is no permission {Faults.Quote(name)}.");
            if (permission == Permission.SelfSecurity)
                return TokenRefusals.Scope($"No token has '{name}': it is for sessions alone.");
            if (held is not null && !held.Contains(permission))
                return TokenRefusals.Scope($"The grant does not hold '{name}'.");
            scopes.Add(permission);
        }
        return new Narrowed(scopes);
    }

    /// <summary>The permissions that a text names; what names none is passed over.</summary>
    public static FrozenSet<Permission> Read(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Access.Find).OfType<Permission>()
            .Where(permission => permission != Permission.SelfSecurity).ToFrozenSet();

    /// <summary>Whether a text names any permission at all.</summary>
    public static bool NamesAny(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Any(name => Access.Find(name) is not null);

    public static string? Write(IReadOnlySet<Permission>? scopes) => scopes is null ? null : string.Join(' ', Names(scopes)!);

    public static string[]? Names(IReadOnlySet<Permission>? scopes) =>
        scopes is null ? null : [.. scopes.Select(Access.Name).Order(StringComparer.Ordinal)];
}

/// <param name="Scopes">Permissions; null: not narrowed.</param>
internal sealed record Narrowed(IReadOnlySet<Permission>? Scopes);
