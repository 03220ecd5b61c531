namespace Sluice.Host.Postgres;

/// <summary>
/// As whom PostgreSQL's programs run. They refuse to run as root, so root starts them either in a user namespace of
/// their own (where root's files belong to an ordinary user, so that they work in any folder, /root included) or,
/// where the system forbids namespaces, as another account with its data under /var/lib/sluice.
/// </summary>
internal sealed record Account(IReadOnlyList<string> Prefix, string ClusterParent, bool NeedsOwner)
{
    private const string NamespaceUser = "1000";
    private const string StateFolder = "/var/lib/sluice";
    private static readonly string[] Unshare =
        ["unshare", "--user", $"--map-user={NamespaceUser}", $"--map-group={NamespaceUser}"];

    public static async Task<Account> Choose(string dataDirectory, CancellationToken ct)
    {
        var own = Path.Combine(dataDirectory, "postgres");
        if (!Posix.IsRoot) return new Account([], own, false);
        // Made by an ordinary user before: it stays that user's.
        if (await OwnerOf(Path.Combine(own, "cluster"), ct) is { User: not "0" } owner)
            return new Account(["setpriv", $"--reuid={owner.User}", $"--regid={owner.Group}", "--clear-groups"], own, true);
        var elsewhere = Path.Combine(StateFolder, FolderHash.Of(dataDirectory));
        if (!Directory.Exists(elsewhere) && await Commands.Succeeds([.. Unshare, "true"], ct))
            return new Account(Unshare, own, false);
        foreach (var name in new[] { "postgres", "nobody" })
        {
            if (await Commands.Succeeds(["id", "-u", name], ct))
                return new Account(
                    ["setpriv", $"--reuid={name}", $"--regid={await GroupOf(name, ct)}", "--clear-groups"], elsewhere,
                    true);
        }
        throw new HostFault(
            "PostgreSQL does not run as root, and neither a user namespace nor the account 'postgres' can be used here. " +
            "Start sluice as an ordinary user, or set SLUICE_DATABASE.");
    }

    /// <summary>Makes a folder that the account may write, and nobody else may read.</summary>
    public async Task MakeFolder(string path, CancellationToken ct)
    {
        Directory.CreateDirectory(path, DataFolder.Private);
        if (!NeedsOwner) return;
        // The way down to it must be passable, without being readable.
        if (path.StartsWith(StateFolder + "/", StringComparison.Ordinal))
            File.SetUnixFileMode(StateFolder, DataFolder.Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var owner = Prefix[1]["--reuid=".Length..];
        var group = Prefix[2]["--regid=".Length..];
        await Commands.Run(["chown", $"{owner}:{group}", path], ct);
    }

    private static async Task<(string User, string Group)?> OwnerOf(string path, CancellationToken ct)
    {
        if (!Directory.Exists(path)) return null;
        var words = (await Commands.Run(["stat", "-c", "%u %g", path], ct)).Trim().Split(' ');
        return (words[0], words[1]);
    }

    private static async Task<string> GroupOf(string user, CancellationToken ct) =>
        (await Commands.Run(["id", "-g", user], ct)).Trim();
}
