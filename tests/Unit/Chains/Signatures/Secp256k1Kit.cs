using FsCheck;
using FsCheck.Fluent;
using Sluice.Chains.Evm;
using Sluice.Chains.Signatures;
using Xunit;

namespace Sluice.Unit.Chains.Signatures;

/// <summary>What every implementation of the curve keeps to, with the same vectors.</summary>
public abstract class Secp256k1Kit
{
    // n, the order of the curve.
    private const string Order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

    /// <summary>Null where this machine has none: then there is nothing to test.</summary>
    protected abstract ISecp256k1? Curve { get; }

    private ISecp256k1 Present
    {
        get
        {
            Assert.SkipWhen(Curve is null, "This machine has no libsecp256k1; ./do test installs it.");
            return Curve!;
        }
    }

    [Fact]
    public void Signature_is_that_of_RFC_6979_with_a_low_s() => Assert.All(
        Vectors.Read<SignVector>("secp256k1.json", "sign"), vector =>
        {
            var bytes = new byte[EcdsaSignature.Size];
            Assert.True(Present.TrySign(Hex(vector.Hash), Hex(vector.Key), out var signature));
            signature.Write(bytes);
            Assert.Equal(vector.R + vector.S, Convert.ToHexStringLower(bytes));
            Assert.Equal(vector.RecoveryId, signature.RecoveryId);
        });

    [Fact]
    public void Public_key_of_a_secret_one_is_the_expected() => Assert.All(
        Vectors.Read<SignVector>("secp256k1.json", "sign"), vector =>
        {
            var publicKey = new byte[ISecp256k1.PublicKeySize];
            Assert.True(Present.TryDerive(Hex(vector.Key), publicKey));
            Assert.Equal(vector.PublicKey, Convert.ToHexStringLower(publicKey));
        });

    [Fact]
    public void Signature_holds_where_it_should_and_nowhere_else() => Assert.All(
        Vectors.Read<VerifyVector>("secp256k1.json", "verify"), vector => Assert.True(
            vector.Valid == (EcdsaSignature.TryRead(Hex(vector.R + vector.S), 0, out var signature)
                && Present.Verify(Hex(vector.Hash), signature, Hex(vector.PublicKey))),
            vector.Name));

    [Fact]
    public void Public_key_is_recovered_where_there_is_one() => Assert.All(
        Vectors.Read<RecoverVector>("secp256k1.json", "recover"), vector =>
        {
            var publicKey = new byte[ISecp256k1.PublicKeySize];
            var found = EcdsaSignature.TryRead(Hex(vector.R + vector.S), vector.RecoveryId, out var signature)
                && Present.TryRecover(Hex(vector.Hash), signature, publicKey);
            Assert.True(vector.PublicKey == (found ? Convert.ToHexStringLower(publicKey) : null), vector.Name);
        });

    // Calls of the precompiled contract 1 of Ethereum: hash, v, r, s, and the address; as go-ethereum tests them.
    [Theory]
    [InlineData(
        "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c", 28,
        "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75feeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549",
        "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b")]
    [InlineData(
        "a8b53bdf3306a35a7103ab5504a0c9b492295564b6202b1942a84ef300107281", 27,
        "307835653165303366353363653138623737326363623030393366663731663366353366356337356237346463623331613835616138623838393262346538621122334455667788991011121314151617181920212223242526272829303132",
        null)]
    public void Address_is_that_of_the_precompiled_contract(string hash, int v, string rs, string? address)
    {
        var found = EcdsaSignature.TryRead(Hex(rs[..128]), v - 27, out var signature)
            & Present.TryRecoverAddress(Hex(hash), signature, out var signer);
        Assert.Equal(address, found ? signer.ToString() : null);
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData(Order)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void Secret_key_out_of_range_is_refused(string key)
    {
        Assert.False(Present.TrySign(Hex(key), Hex(key), out _));
        Assert.False(Present.TryDerive(Hex(key), new byte[ISecp256k1.PublicKeySize]));
    }

    [Fact]
    public void Signature_that_was_never_read_is_refused()
    {
        var publicKey = new byte[ISecp256k1.PublicKeySize];
        Assert.False(Present.TryRecover(new byte[32], default, publicKey));
        Assert.True(Present.TryDerive(Hex(Order[..63] + "0"), publicKey));
        Assert.False(Present.Verify(new byte[32], default, publicKey));
    }

    [Theory]
    [InlineData(31, 64)]
    [InlineData(33, 64)]
    [InlineData(32, 63)]
    [InlineData(32, 65)]
    [InlineData(0, 0)]
    public void Length_that_is_none_throws(int hash, int publicKey)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Present.TryRecover(new byte[hash], default, new byte[publicKey]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Present.Verify(new byte[hash], default, new byte[publicKey]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Present.TryDerive(new byte[hash], new byte[publicKey]));
    }

    [Fact]
    public void What_a_key_signs_leads_back_to_it_and_a_flipped_bit_does_not() =>
        Law.Holds(40, Prop.ForAll(Bytes(32).ToArbitrary(), Bytes(32).ToArbitrary(), Gen.Choose(0, (96 * 8) - 1).ToArbitrary(), (key, hash, bit) =>
        {
            var publicKey = new byte[ISecp256k1.PublicKeySize];
            var found = new byte[ISecp256k1.PublicKeySize];
            if (!Present.TryDerive(key, publicKey) || !Present.TrySign(hash, key, out var signature)) return false;
            if (!signature.IsLow || !Present.Verify(hash, signature, publicKey)) return false;
            if (!Present.TryRecover(hash, signature, found) || !found.AsSpan().SequenceEqual(publicKey)) return false;

            var all = new byte[96];
            hash.CopyTo(all, 0);
            signature.Write(all.AsSpan(32));
            all[bit / 8] ^= (byte)(1 << (bit % 8));
            return !EcdsaSignature.TryRead(all.AsSpan(32), signature.RecoveryId, out var other)
                || (!Present.Verify(all.AsSpan(0, 32), other, publicKey)
                    && (!Present.TryRecover(all.AsSpan(0, 32), other, found) || !found.AsSpan().SequenceEqual(publicKey)));
        }));

    [Fact]
    public void Every_implementation_says_the_same_of_whatever_comes() =>
        Law.Holds(60, Prop.ForAll(Bytes(64).ToArbitrary(), Bytes(32).ToArbitrary(), Gen.Choose(0, 3).ToArbitrary(), (rs, hash, id) =>
        {
            if (!EcdsaSignature.TryRead(rs, id, out var signature)) return true;
            byte[] mine = new byte[64], theirs = new byte[64];
            ISecp256k1 reference = new ManagedSecp256k1();
            return Present.TryRecover(hash, signature, mine) == reference.TryRecover(hash, signature, theirs)
                && mine.AsSpan().SequenceEqual(theirs)
                && Present.Verify(hash, signature, mine) == reference.Verify(hash, signature, mine);
        }));

    [Fact]
    public void Recovery_allocates_nothing()
    {
        var vector = Vectors.Read<SignVector>("secp256k1.json", "sign")[0];
        var (hash, publicKey) = (Hex(vector.Hash), new byte[ISecp256k1.PublicKeySize]);
        EcdsaSignature.TryRead(Hex(vector.R + vector.S), vector.RecoveryId, out var signature);
        var curve = Present;
        Assert.Equal(0, Allocated.Least(3, () => curve.TryRecover(hash, signature, publicKey)));
    }

    private static Gen<byte[]> Bytes(int count) => Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf(count);

    private static byte[] Hex(string text) => Convert.FromHexString(text);

    private sealed record SignVector(string Key, string Hash, string R, string S, int RecoveryId, string PublicKey);

    private sealed record VerifyVector(string Name, string PublicKey, string Hash, string R, string S, bool Valid);

    private sealed record RecoverVector(string Name, string Hash, string R, string S, int RecoveryId, string? PublicKey);
}

public sealed class ManagedSecp256k1Tests : Secp256k1Kit
{
    protected override ISecp256k1? Curve { get; } = new ManagedSecp256k1();
}

public sealed class SystemSecp256k1Tests : Secp256k1Kit
{
    protected override ISecp256k1? Curve { get; } = SystemSecp256k1.TryLoad(out var system) ? system : null;

    [Fact]
    public void System_comes_first_where_it_is_there() =>
        Assert.Equal(Curve?.Name ?? new ManagedSecp256k1().Name, Secp256k1.Fastest.Name);
}
