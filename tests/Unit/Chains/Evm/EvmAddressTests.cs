using FsCheck;
using FsCheck.Fluent;
using Sluice.Chains.Evm;
using Xunit;

namespace Sluice.Unit.Chains.Evm;

public sealed class EvmAddressTests
{
    // The examples of EIP-55.
    [Theory]
    [InlineData("0x52908400098527886E0F7030069857D2E4169EE7")]
    [InlineData("0x8617E340B3D01FA5F11F306F4090FD50E238070D")]
    [InlineData("0xde709f2102306220921060314715629080e2fb77")]
    [InlineData("0x27b1fdb04752bbc536007a920d24acb045561c26")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")]
    [InlineData("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359")]
    [InlineData("0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB")]
    [InlineData("0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb")]
    public void Checksum_is_that_of_EIP_55(string text)
    {
        Assert.Equal(text, EvmAddress.Read(text).Value.ToChecksum());
        Assert.Equal(text, EvmAddress.Read(text.ToLowerInvariant()).Value.ToChecksum());
        Assert.Equal(text, EvmAddress.Read("0x" + text[2..].ToUpperInvariant()).Value.ToChecksum());
    }

    [Theory]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed", "checksum")]
    [InlineData("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "checksum")]
    [InlineData("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x and 40")]
    [InlineData("0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x and 40")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", "0x and 40")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedd", "0x and 40")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg", "0x and 40")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeé", "0x and 40")]
    [InlineData("", "0x and 40")]
    public void What_is_no_address_or_has_a_wrong_checksum_is_refused(string text, string expected)
    {
        var refusal = EvmAddress.Read(text).Refusal;
        Assert.Equal("wallet.address-invalid", refusal!.Code);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checksum_reads_back_whatever_the_address_is() =>
        Law.Holds(Prop.ForAll(
            Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf(EvmAddress.Size).ToArbitrary(),
            bytes => EvmAddress.Read(new EvmAddress(bytes).ToChecksum()).Value == new EvmAddress(bytes)));
}
