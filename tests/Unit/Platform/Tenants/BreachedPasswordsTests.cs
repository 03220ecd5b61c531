using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Platform.Tenants.Inside.Users;
using Xunit;

namespace Sluice.Unit.Platform.Tenants;

public sealed class BreachedPasswordsTests
{
    [Fact]
    public void A_password_is_found_if_and_only_if_it_is_in_the_file() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonNull<string>[]>(), ArbMap.Default.ArbFor<NonNull<string>>(), ArbMap.Default.ArbFor<bool>(),
        (passwords, other, windows) =>
        {
            var all = passwords.Select(one => one.Get).Distinct().ToList();
            using var file = new ListFile(all, windows ? "\r\n" : "\n");
            return all.TrueForAll(one => BreachedPasswords.Contains(file.Path, one))
                && BreachedPasswords.Contains(file.Path, other.Get) == all.Contains(other.Get);
        }).Holds();

    [Fact]
    public void The_form_is_the_one_that_is_given_out()
    {
        using var file = new ListFile([], "\n");
        // SHA-1 of "password", and two that are none of ours.
        File.WriteAllText(file.Path, """
            000000005AD76BD555C1D6D771DE417A4B87E4B4:10
            5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:10434004
            FFFFFFFEE791CBAC0F6305CAF0CEE06BBE131160:2
            """);
        Assert.True(BreachedPasswords.Contains(file.Path, "password"));
        Assert.False(BreachedPasswords.Contains(file.Path, "passwords"));
    }

    [Fact]
    public void What_is_no_list_of_hashes_is_told()
    {
        using var file = new ListFile([], "\n");
        File.WriteAllText(file.Path, new string('x', 4000));
        Assert.Throws<InvalidDataException>(() => BreachedPasswords.Contains(file.Path, "password"));
    }

    private sealed class ListFile : IDisposable
    {
        public ListFile(IReadOnlyList<string> passwords, string end)
        {
            var hashes = passwords.Select(
                one => Convert.ToHexString(CryptographicOperations.HashData(HashAlgorithmName.SHA1, Encoding.UTF8.GetBytes(one))));
            File.WriteAllText(Path, string.Concat(hashes.Order(StringComparer.Ordinal).Select((hash, i) => $"{hash}:{i * i}{end}")));
        }

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
