using System.Text;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Unit.Kernel;

public sealed class SecretFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("secrets-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "token");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void One_file_is_made_and_found_by_all_when_many_make_it_at_once()
    {
        const int rounds = 500;
        var found = new string[4];
        using var start = new Barrier(found.Length);
        var makers = Enumerable.Range(0, found.Length).Select(i => new Thread(() =>
        {
            for (var round = 0; round < rounds; round++)
            {
                start.SignalAndWait();
                SecretFile.WriteIfAbsent($"{Path}-{round}", Encoding.ASCII.GetBytes($"maker {i}"));
                found[i] += File.ReadAllText($"{Path}-{round}");
            }
        })).ToList();
        makers.ForEach(maker => maker.Start());
        makers.ForEach(maker => maker.Join());
        Assert.Single(found.Distinct(StringComparer.Ordinal));
        Assert.Equal(rounds, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void A_file_is_replaced_whole_and_readable_for_its_owner_alone()
    {
        SecretFile.Write(Path, "a longer text"u8);
        SecretFile.Write(Path, "short"u8);
        Assert.Equal("short", File.ReadAllText(Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        Assert.Equal([Path], Directory.GetFiles(_folder));
    }
}
