namespace Sluice.Host.Settings;

/// <summary>What a process does. More processes over one database may share the work.</summary>
[Flags]
internal enum Roles
{
    None = 0,
    /// <summary>Answers calls of keys.</summary>
    Gateway = 1,
    /// <summary>Answers Sluice's own API and the root page.</summary>
    Portal = 2,
    /// <summary>Takes over the journals of processes that died, and runs what is due.</summary>
    Worker = 4,
    All = Gateway | Portal | Worker,
}

internal static class RoleNames
{
    /// <summary>Reads <c>gateway,worker</c>; null with the fault when a name is unknown.</summary>
    public static Roles? Parse(string text, out string fault)
    {
        var roles = Roles.None;
        foreach (var name in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var role = name.ToLowerInvariant() switch
            {
                "gateway" => Roles.Gateway,
                "portal" => Roles.Portal,
                "worker" => Roles.Worker,
                "all" => Roles.All,
                _ => Roles.None,
            };
            if (role == Roles.None)
            {
                fault = $"'{name}' is no role: use gateway, portal, worker, separated by commas.";
                return null;
            }
            roles |= role;
        }
        fault = roles == Roles.None ? "No role is named: use gateway, portal, worker, separated by commas." : "";
        return roles == Roles.None ? null : roles;
    }
}
