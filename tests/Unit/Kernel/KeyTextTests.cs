using FsCheck;
using FsCheck.Fluent;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Unit.Kernel;

public sealed class KeyTextTests
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    [Theory]
    [InlineData(KeyTextKind.Secret, "slc_sk_")]
    [InlineData(KeyTextKind.Publishable, "slc_pk_")]
    [InlineData(KeyTextKind.Access, "slc_at_")]
    [InlineData(KeyTextKind.Refresh, "slc_rt_")]
    public void A_new_key_reads_back_as_its_kind(KeyTextKind kind, string prefix)
    {
        for (var i = 0; i < 200; i++)
        {
            var text = KeyText.New(kind);
            Assert.StartsWith(prefix, text, StringComparison.Ordinal);
            Assert.Equal(KeyText.Length, text.Length);
            Assert.True(KeyText.TryRead(text, out var read));
            Assert.Equal(kind, read);
        }
    }

    // The check is recomputed here from the definition: bit by bit, and by big integers.
    [Fact]
    public void The_check_is_the_CRC_32_of_everything_before_it_in_base_62()
    {
        var text = KeyText.New(KeyTextKind.Secret);
        var crc = uint.MaxValue;
        foreach (var c in text[..39])
            for (var bit = 0; bit < 8; bit++)
            {
                var one = ((crc ^ ((uint)c >> bit)) & 1) == 1;
                crc = (crc >> 1) ^ (one ? 0xEDB88320u : 0);
            }
        crc = ~crc;
        var value = text[39..].Aggregate(0L, (sum, c) => sum * 62 + Alphabet.IndexOf(c, StringComparison.Ordinal));
        Assert.Equal(crc, value);
    }

    [Fact]
    public void Any_change_of_one_character_is_detected() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(), ArbMap.Default.ArbFor<char>(), (at, with) =>
        {
            var text = KeyText.New(KeyTextKind.Secret).ToCharArray();
            var position = (int)((uint)at % (uint)text.Length);
            if (text[position] == with) return true;
            text[position] = with;
            return !KeyText.TryRead(text, out _);
        }).Holds();

    [Fact]
    public void Every_other_digit_at_every_place_is_detected()
    {
        var text = KeyText.New(KeyTextKind.Publishable);
        for (var i = 0; i < text.Length; i++)
            foreach (var digit in Alphabet + "_")
            {
                if (digit == text[i]) continue;
                var changed = text.ToCharArray();
                changed[i] = digit;
                Assert.False(KeyText.TryRead(changed, out _), new string(changed));
            }
    }

    [Fact]
    public void Garbage_is_no_key() => Prop.ForAll(
        ArbMap.Default.ArbFor<string>(), text => !KeyText.TryRead(text ?? "", out _)).Holds();

    [Theory]
    [InlineData("")]
    [InlineData("slc_sk_")]
    [InlineData("slc_xx_00000000000000000000000000000000000000")]
    [InlineData("ſlc_sk_00000000000000000000000000000000000000")]
    public void A_text_of_another_shape_is_no_key(string text) => Assert.False(KeyText.TryRead(text, out _));

    [Fact]
    public void The_hash_is_SHA_256_of_the_whole_text()
    {
        var text = KeyText.New(KeyTextKind.Access);
        var hash = new byte[KeyText.HashSize];
        Assert.True(KeyText.TryHash(text, hash, out var kind));
        Assert.Equal(KeyTextKind.Access, kind);
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(text)), hash);
        Assert.False(KeyText.TryHash(text.AsSpan(0, text.Length - 1), hash, out _));
    }

    [Fact]
    public void Hashing_allocates_nothing()
    {
        var text = KeyText.New(KeyTextKind.Secret);
        var hash = new byte[KeyText.HashSize];
        Assert.Equal(0, Allocated.Least(1000, () => KeyText.TryHash(text, hash, out _)));
    }

    [Fact]
    public void A_hint_shows_eight_random_characters_at_most()
    {
        var text = KeyText.New(KeyTextKind.Secret);
        Assert.Equal($"{text.AsSpan(0, 11)}…{text.AsSpan(text.Length - 4)}", KeyText.Hint(text));
    }
}
