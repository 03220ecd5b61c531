using Sluice.Chains;
using Sluice.Chains.Evm;
using Sluice.Chains.Signatures;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Unit.Chains.Evm;

public sealed class WalletsTests
{
    private const string Text = "I am who I say.";
    private const ulong ChainId = 10;

    private static readonly ISecp256k1 Curve = Secp256k1.Fastest;
    private static readonly byte[] Key = Keccak256.Hash("a wallet"u8);
    private static readonly EvmCallAnswer Nobody = new(Reverted: false, ReadOnlyMemory<byte>.Empty);
    private static readonly EvmCallAnswer Yes = Word("1626ba7e00000000000000000000000000000000000000000000000000000000");
    private static readonly EvmCallAnswer No = Word("ffffffff00000000000000000000000000000000000000000000000000000000");

    [Fact]
    public async Task Key_is_found_without_asking_the_chain()
    {
        var chain = new Chain(Nobody);
        Assert.Equal(WalletKind.Key, (await Verify(chain, Owner, Signed(Key))).Value);
        Assert.Equal(0, chain.Calls);
    }

    [Fact]
    public async Task Contract_is_asked_where_the_key_is_anothers()
    {
        var chain = new Chain(Yes);
        Assert.Equal(WalletKind.Contract, (await Verify(chain, Contract, Signed(Key))).Value);
        Assert.Equal((ChainId, Contract), (chain.ChainId, chain.To));
        Assert.Equal(ContractSignature.EncodeCall(Hash, Signed(Key)), chain.Data);
    }

    [Fact]
    public async Task Signature_that_nobody_takes_is_refused()
    {
        Refused(await Verify(new Chain(Nobody), Contract, Signed(Key)), "wallet.signature-foreign", 401, "no contract");
        Refused(await Verify(new Chain(No), Contract, Signed(Key)), "wallet.signature-foreign", 401, "does not accept");
        Refused(await Verify(new Chain(Yes with { Reverted = true }), Contract, Signed(Key)), "wallet.signature-foreign", 401, "does not accept");
        Refused(await Verify(new Chain(Nobody), Owner, Signed(Keccak256.Hash("another"u8))), "wallet.signature-foreign", 401, "not by 0x");
        Refused(await Verify(new Chain(Nobody), Owner, new byte[] { 1, 2, 3 }), "wallet.signature-foreign", 401, "not by 0x");
    }

    [Fact]
    public async Task Signature_of_a_form_that_no_wallet_makes_is_refused()
    {
        var high = Signed(Key);
        high[^1] = 29;
        Refused(await Verify(new Chain(Nobody), Owner, high), "wallet.signature-invalid", 422, "(v)");
        Refused(await Verify(new Chain(Yes), Owner, []), "wallet.signature-invalid", 422, "has 0");
        Refused(
            await Verify(new Chain(Yes), Owner, new byte[ContractSignature.SizeMax + 1]), "wallet.signature-invalid", 422, "16384");
        Refused(await Verify(new Chain(Yes), Owner, Magic), "wallet.signature-invalid", 422, "EIP-6492");
    }

    [Fact]
    public async Task Wrapped_signature_is_unwrapped_for_a_contract_that_is_there_and_refused_for_one_that_is_not()
    {
        var wrapped = Convert.FromHexString(
            new string('0', 64) + new string('0', 62) + "60" + new string('0', 62) + "80" + new string('0', 64) +
            new string('0', 62) + "02c0fe" + new string('0', 60)).Concat(Magic).ToArray();
        var chain = new Chain(Yes);
        Assert.Equal(WalletKind.Contract, (await Verify(chain, Contract, wrapped)).Value);
        Assert.Equal(ContractSignature.EncodeCall(Hash, [0xc0, 0xfe]), chain.Data);
        Refused(await Verify(new Chain(Nobody), Contract, wrapped), "wallet.contract-undeployed", 401, "first transaction");
        Refused(await Verify(new Chain(No), Contract, wrapped), "wallet.signature-foreign", 401, "does not accept");
    }

    [Fact]
    public async Task Chain_that_nobody_can_ask_is_told()
    {
        var refusal = new Refusal("wallet.chain-foreign", "Chain 10 is not known here.", 401);
        Assert.Equal(refusal, (await Verify(new Chain(refusal), Contract, Signed(Key))).Refusal);
        Assert.True((await Verify(new Chain(refusal), Owner, Signed(Key))).Ok);
    }

    private static EvmAddress Contract => new(Enumerable.Repeat((byte)0xc0, EvmAddress.Size).ToArray());

    private static EvmAddress Owner
    {
        get
        {
            var publicKey = new byte[ISecp256k1.PublicKeySize];
            Assert.True(Curve.TryDerive(Key, publicKey));
            return EvmAddress.Of(publicKey);
        }
    }

    private static byte[] Hash
    {
        get
        {
            var hash = new byte[Keccak256.Size];
            PersonalMessage.Hash(System.Text.Encoding.UTF8.GetBytes(Text), hash);
            return hash;
        }
    }

    private static byte[] Magic => [.. Enumerable.Repeat(new byte[] { 0x64, 0x92 }, 16).SelectMany(pair => pair)];

    private static EvmCallAnswer Word(string hex) => new(Reverted: false, Convert.FromHexString(hex));

    private static byte[] Signed(byte[] key)
    {
        var bytes = new byte[EvmSignature.Size];
        Assert.True(Curve.TrySign(Hash, key, out var signature));
        EvmSignature.Write(signature, bytes);
        return bytes;
    }

    private static Task<Result<WalletKind>> Verify(Chain chain, EvmAddress address, byte[] signature) =>
        new Wallets(Curve, chain).Verify(address, ChainId, Text, signature, TestContext.Current.CancellationToken);

    private static void Refused(Result<WalletKind> result, string code, int status, string expected)
    {
        Assert.Equal((code, status), (result.Refusal?.Code, result.Refusal?.Status));
        Assert.Contains(expected, result.Refusal!.Message, StringComparison.Ordinal);
    }

    private sealed class Chain(Result<EvmCallAnswer> answer) : IEvmCaller
    {
        public int Calls { get; private set; }
        public ulong ChainId { get; private set; }
        public EvmAddress To { get; private set; }
        public byte[] Data { get; private set; } = [];

        public Task<Result<EvmCallAnswer>> Call(ulong chainId, EvmAddress to, ReadOnlyMemory<byte> data, CancellationToken ct)
        {
            Calls++;
            (ChainId, To, Data) = (chainId, to, data.ToArray());
            return Task.FromResult(answer);
        }
    }
}
