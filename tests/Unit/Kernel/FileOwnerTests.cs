using Sluice.Kernel;
using Xunit;

namespace Sluice.Unit.Kernel;

public sealed class FileOwnerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-owner").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Folder_is_given_away_with_all_in_it_but_not_where_its_links_lead()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives files away.");
        var owner = new FileOwner(12_345, 23_456);
        var (given, outside) = (Path.Combine(_folder, "given"), Path.Combine(_folder, "outside"));
        var (deep, hidden) = (Path.Combine(given, "deep"), Path.Combine(given, "deep", ".hidden"));
        Directory.CreateDirectory(deep);
        File.WriteAllText(hidden, "");
        var file = Path.Combine(Directory.CreateDirectory(outside).FullName, "file");
        File.WriteAllText(file, "");
        Directory.CreateSymbolicLink(Path.Combine(given, "link"), outside);
        owner.GiveAll(given);
        Assert.All([given, deep, hidden], path => Assert.Equal(owner, FileOwner.Of(path)));
        Assert.All([outside, file], path => Assert.NotEqual(owner, FileOwner.Of(path)));
        // What is not there yet takes after the folder above.
        Assert.Equal(owner, FileOwner.Of(Path.Combine(deep, "not", "there")));
    }
}
