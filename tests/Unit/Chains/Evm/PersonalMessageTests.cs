using System.Text;
using Sluice.Chains.Evm;
using Sluice.Chains.Signatures;
using Xunit;

namespace Sluice.Unit.Chains.Evm;

public sealed class PersonalMessageTests
{
    // The example in the documentation of web3.js, eth.accounts.sign.
    private const string Address = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23";
    private const string Key = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";
    private const string Message = "Some data";
    private const string Hash = "1da44b586eb0729ff70a73c326926f6ed5a25f5b056e7f47fbc6e58d86871655";
    private const string Signed =
        "b91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd" +
        "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c";

    private static readonly ISecp256k1 Curve = Secp256k1.Fastest;

    // The second as the documentation of ethers has it; the others made with ethers 6.17.
    [Theory]
    [InlineData(Message, Hash)]
    [InlineData("hello world", "d9eba16ed0ecae432b71fe008c98cc872bb4cc214d3220a36f365326cf807d68")]
    [InlineData("", "5f35dce98ba4fba25530a026ed80b2cecdaa31091ba4958b99b52ea1d068adad")]
    [InlineData("Grüße", "baf646e35e3d7864f70f67f7cdbd0f5857fe2c12eb040022e3521719b41de91d")]
    public void Hash_counts_the_bytes_of_the_message(string message, string hash)
    {
        var made = new byte[32];
        PersonalMessage.Hash(Encoding.UTF8.GetBytes(message), made);
        Assert.Equal(hash, Convert.ToHexStringLower(made));
    }

    [Fact]
    public void Signature_is_that_of_the_example()
    {
        var hash = Convert.FromHexString(Hash);
        Assert.True(Curve.TrySign(hash, Convert.FromHexString(Key), out var signature));
        var bytes = new byte[EvmSignature.Size];
        EvmSignature.Write(signature, bytes);
        Assert.Equal(Signed, Convert.ToHexStringLower(bytes));
    }

    [Theory]
    [InlineData(28, true)]
    [InlineData(1, true)]
    [InlineData(27, false)]
    [InlineData(0, false)]
    public void Signer_is_recovered_with_either_form_of_v(byte v, bool same)
    {
        var bytes = Convert.FromHexString(Signed);
        bytes[^1] = v;
        Assert.True(Curve.TryRecover(Encoding.UTF8.GetBytes(Message), EvmSignature.Read(bytes).Value, out var signer));
        Assert.Equal(same, signer.ToChecksum() == Address);
    }

    [Fact]
    public void Another_message_is_of_another_signer()
    {
        Assert.True(Curve.TryRecover("Some Data"u8, EvmSignature.Read(Convert.FromHexString(Signed)).Value, out var signer));
        Assert.NotEqual(Address, signer.ToChecksum());
    }

    [Theory]
    [InlineData("", "65 bytes")]
    [InlineData(Signed + "00", "65 bytes")]
    [InlineData("@rs@1d", "(v)")]
    [InlineData("@rs@02", "(v)")]
    [InlineData("@rs@ff", "(v)")]
    [InlineData("@0r@1b", "between 1")]
    [InlineData("@0s@1b", "between 1")]
    [InlineData("@nr@1b", "between 1")]
    [InlineData("@hs@1b", "upper half")]
    public void What_no_wallet_signs_is_refused(string hex, string expected)
    {
        const string zero = "0000000000000000000000000000000000000000000000000000000000000000";
        const string order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
        // n − s of the example.
        const string high = "9ff818b327d1fc847ffe79bdd03d25e83e3a5df66962ceb160751b8bd754a118";
        var (r, s) = (Signed[..64], Signed[64..128]);
        hex = hex.Replace("@rs@", r + s, StringComparison.Ordinal).Replace("@0r@", zero + s, StringComparison.Ordinal)
            .Replace("@0s@", r + zero, StringComparison.Ordinal).Replace("@nr@", order + s, StringComparison.Ordinal)
            .Replace("@hs@", r + high, StringComparison.Ordinal);
        var refusal = EvmSignature.Read(Convert.FromHexString(hex)).Refusal;
        Assert.Equal("wallet.signature-invalid", refusal!.Code);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }
}
