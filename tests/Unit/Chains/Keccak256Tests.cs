using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Chains;
using Xunit;

namespace Sluice.Unit.Chains;

public sealed class Keccak256Tests
{
    // Published with the function: the empty string, and what everybody hashes first.
    [Theory]
    [InlineData("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")]
    [InlineData("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45")]
    [InlineData("The quick brown fox jumps over the lazy dog", "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15")]
    [InlineData("Transfer(address,address,uint256)", "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")]
    public void Hash_is_the_published_one(string message, string hash) =>
        Assert.Equal(hash, Convert.ToHexStringLower(Keccak256.Hash(Encoding.UTF8.GetBytes(message))));

    [Fact]
    public void Hash_is_that_of_another_implementation_at_every_edge_of_a_block() => Assert.All(
        Vectors.Read<LengthVector>("keccak256.json", "hashes"),
        vector => Assert.Equal(vector.Hash, Convert.ToHexStringLower(Keccak256.Hash(Message(vector.Length)))));

    [Fact]
    public void Parts_make_the_same_hash_as_the_whole_however_they_are_cut() =>
        Law.Holds(300, Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(), Gen.Choose(0, 500).ListOf().ToArbitrary(), (seed, lengths) =>
            {
                var whole = new List<byte>();
                Keccak256 keccak = default;
                foreach (var length in lengths)
                {
                    var part = Enumerable.Range(0, length).Select(i => (byte)(i + seed.Length + seed.FirstOrDefault())).ToArray();
                    whole.AddRange(part);
                    keccak.Append(part);
                }

                var hash = new byte[Keccak256.Size];
                keccak.Finish(hash);
                return hash.SequenceEqual(Keccak256.Hash([.. whole]));
            }));

    [Fact]
    public void Finish_begins_anew()
    {
        Keccak256 keccak = default;
        var hash = new byte[Keccak256.Size];
        for (var i = 0; i < 2; i++)
        {
            keccak.Append("abc"u8);
            keccak.Finish(hash);
            Assert.Equal(Keccak256.Hash("abc"u8), hash);
        }
    }

    [Fact]
    public void Hash_allocates_nothing()
    {
        var message = Message(1000);
        var hash = new byte[Keccak256.Size];
        Assert.Equal(0, Allocated.Least(100, () => Keccak256.Hash(message, hash)));
    }

    private static byte[] Message(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)((i * 7) + length))];

    private sealed record LengthVector(int Length, string Hash);
}
