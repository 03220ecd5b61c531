using FsCheck;
using FsCheck.Fluent;
using Sluice.Chains.Evm;
using Xunit;

namespace Sluice.Unit.Chains.Evm;

public sealed class ContractSignatureTests
{
    private const string Word0 = "0000000000000000000000000000000000000000000000000000000000000000";
    private const string Magic = "6492649264926492649264926492649264926492649264926492649264926492";

    // Made with ethers 6.17: isValidSignature(0xabab…, 0x010203), and with 32 bytes, and with none.
    [Theory]
    [InlineData(
        "010203",
        "1626ba7eabababababababababababababababababababababababababababababababab" +
        "00000000000000000000000000000000000000000000000000000000000000400000000000000000000000000000000000000000000000000000000000000003" +
        "0102030000000000000000000000000000000000000000000000000000000000")]
    [InlineData(
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
        "1626ba7eabababababababababababababababababababababababababababababababab" +
        "00000000000000000000000000000000000000000000000000000000000000400000000000000000000000000000000000000000000000000000000000000020" +
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd")]
    [InlineData(
        "",
        "1626ba7eabababababababababababababababababababababababababababababababab" +
        "00000000000000000000000000000000000000000000000000000000000000400000000000000000000000000000000000000000000000000000000000000000")]
    public void Call_is_encoded_as_the_ABI_says(string signature, string call)
    {
        var hash = Enumerable.Repeat((byte)0xab, 32).ToArray();
        Assert.Equal(call, Convert.ToHexStringLower(ContractSignature.EncodeCall(hash, Convert.FromHexString(signature))));
    }

    [Theory]
    [InlineData("1626ba7e00000000000000000000000000000000000000000000000000000000", true)]
    [InlineData("1626ba7e00000000000000000000000000000000000000000000000000000000" + Word0, true)]
    [InlineData("1626ba7e00000000000000000000000000000000000000000000000000000001", false)]
    [InlineData("1626ba7eabababababababababababababababababababababababababababab", false)]
    [InlineData("1626ba7f00000000000000000000000000000000000000000000000000000000", false)]
    [InlineData("000000000000000000000000000000000000000000000000000000001626ba7e", false)]
    [InlineData("ffffffff00000000000000000000000000000000000000000000000000000000", false)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000001", false)]
    [InlineData("1626ba7e000000000000000000000000000000000000000000000000000000", false)]
    [InlineData("1626ba7e", false)]
    [InlineData("", false)]
    public void Only_the_magic_value_is_a_yes(string answer, bool accepts) =>
        Assert.Equal(accepts, ContractSignature.Accepts(Convert.FromHexString(answer)));

    // abi.encode(address 0x1111…, bytes 0xaabb, bytes 0xc0ffee) by ethers 6.17, and the last word of EIP-6492.
    [Fact]
    public void Signature_is_taken_out_of_its_wrapping()
    {
        const string wrapped =
            "0000000000000000000000001111111111111111111111111111111111111111" +
            "0000000000000000000000000000000000000000000000000000000000000060" +
            "00000000000000000000000000000000000000000000000000000000000000a0" +
            "0000000000000000000000000000000000000000000000000000000000000002" +
            "aabb000000000000000000000000000000000000000000000000000000000000" +
            "0000000000000000000000000000000000000000000000000000000000000003" +
            "c0ffee0000000000000000000000000000000000000000000000000000000000" + Magic;
        Assert.True(ContractSignature.TryUnwrap(Convert.FromHexString(wrapped), out var inner));
        Assert.Equal("c0ffee", Convert.ToHexStringLower(inner));
    }

    [Theory]
    [InlineData(Magic)]
    [InlineData(Word0 + Word0 + Magic)]
    [InlineData(Word0 + Word0 + Word0 + Magic)]
    [InlineData(Word0 + "0000000000000000000000000000000000000000000000000000000000000060" + "0000000000000000000000000000000000000000000000000000000000000061" + Word0 + Magic)]
    [InlineData(Word0 + "0000000000000000000000000000000000000000000000000000000000000060" + "00000000000000000000000000000000000000000000000000000000ffffffff" + Word0 + Magic)]
    [InlineData(Word0 + "0000000000000000000000000000000000000000000000000000000000000060" + "0000000000000000000000000000000000000001000000000000000000000060" + Word0 + Magic)]
    [InlineData(Word0 + "0000000000000000000000000000000000000000000000000000000000000060" + "0000000000000000000000000000000000000000000000000000000000000060" + "0000000000000000000000000000000000000000000000000000000000000001" + Magic)]
    [InlineData("0000000000000000000000010000000000000000000000000000000000000000" + "0000000000000000000000000000000000000000000000000000000000000060" + "0000000000000000000000000000000000000000000000000000000000000060" + Word0 + Magic)]
    public void Wrapping_of_another_form_is_none(string wrapped)
    {
        Assert.True(ContractSignature.IsWrapped(Convert.FromHexString(wrapped)));
        Assert.False(ContractSignature.TryUnwrap(Convert.FromHexString(wrapped), out _));
    }

    [Fact]
    public void Whatever_is_wrapped_is_judged_and_never_throws() =>
        Law.Holds(300, Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), Gen.Choose(0, 7).ArrayOf().ToArbitrary(), (bytes, small) =>
        {
            var words = small.SelectMany(n => Convert.FromHexString(Word0[..62] + (n * 32).ToString("x2", null)));
            byte[] signature = [.. words, .. bytes, .. Convert.FromHexString(Magic)];
            return !ContractSignature.TryUnwrap(signature, out var inner) || inner.Length <= signature.Length - 128;
        }));
}
