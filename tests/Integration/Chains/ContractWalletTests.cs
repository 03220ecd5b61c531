using System.Text;
using Sluice.Chains;
using Sluice.Chains.Evm;
using Sluice.Chains.Evm.SignIn;
using Sluice.Chains.Signatures;
using Sluice.Integration.Origins;
using Xunit;

namespace Sluice.Integration.Chains;

/// <summary>Wallets on a real chain: accounts with keys, and a contract that judges signatures (tests/Vectors/chains/wallet).</summary>
public sealed class ContractWalletTests
{
    private static readonly byte[] Wrapping = [.. Enumerable.Repeat(new byte[] { 0x64, 0x92 }, 16).SelectMany(pair => pair)];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Account_of_a_real_wallet_signs_in_with_its_key()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "No anvil: ./do test installs it.");
        await using var node = await AnvilNode.Start();
        var chain = new AnvilCaller(node);
        var text = Message(await chain.Account(0));

        var signature = await chain.Sign(await chain.Account(0), Encoding.UTF8.GetBytes(text));

        Assert.Equal(WalletKind.Key, (await Verify(chain, text, signature)).Kind);
        Assert.Equal(0, chain.Calls);
        var foreign = await chain.Sign(await chain.Account(1), Encoding.UTF8.GetBytes(text));
        Assert.Equal("wallet.signature-foreign", (await Verify(chain, text, foreign)).Code);
    }

    [Fact]
    public async Task Contract_wallet_signs_in_while_its_owner_signs_and_no_longer()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "No anvil: ./do test installs it.");
        await using var node = await AnvilNode.Start();
        var chain = new AnvilCaller(node);
        var (owner, next) = (await chain.Account(0), await chain.Account(1));
        var wallet = await SmallWallet.Deploy(chain, owner);
        var text = Message(wallet);
        var byOwner = await chain.Sign(owner, Encoding.UTF8.GetBytes(text));
        var byNext = await chain.Sign(next, Encoding.UTF8.GetBytes(text));

        Assert.Equal(WalletKind.Contract, (await Verify(chain, text, byOwner)).Kind);
        Assert.Equal(WalletKind.Contract, (await Verify(chain, text, Wrapped(byOwner))).Kind);
        Assert.Equal("wallet.signature-foreign", (await Verify(chain, text, byNext)).Code);
        Assert.Equal("wallet.signature-foreign", (await Verify(chain, text, byOwner[..64])).Code);
        Assert.Equal("wallet.signature-foreign", (await Verify(chain, Message(wallet, "anotherNonce1"), byOwner)).Code);
        Assert.Equal("wallet.chain-foreign", (await Verify(chain, text, byOwner, chainId: 1)).Code);

        await SmallWallet.Hand(chain, wallet, owner, next);
        Assert.Equal("wallet.signature-foreign", (await Verify(chain, text, byOwner)).Code);
        Assert.Equal(WalletKind.Contract, (await Verify(chain, text, byNext)).Kind);
    }

    [Fact]
    public async Task Address_without_a_wallet_behind_it_does_not_sign_in()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "No anvil: ./do test installs it.");
        await using var node = await AnvilNode.Start();
        var chain = new AnvilCaller(node);
        var owner = await chain.Account(0);
        var empty = new EvmAddress(Keccak256.Hash("nobody"u8).AsSpan(12));

        foreach (var address in Enumerable.Range(1, 10).Select(Precompiled).Append(empty))
        {
            // The precompiled contract 4 answers with the call itself, which begins with the magic value.
            var text = Message(address);
            var signature = await chain.Sign(owner, Encoding.UTF8.GetBytes(text));
            Assert.Equal("wallet.signature-foreign", (await Verify(chain, text, signature)).Code);
        }

        var undeployed = Message(empty);
        var wrapped = Wrapped(await chain.Sign(owner, Encoding.UTF8.GetBytes(undeployed)));
        Assert.Equal("wallet.contract-undeployed", (await Verify(chain, undeployed, wrapped)).Code);
    }

    [Fact]
    public async Task Recovery_says_what_the_chain_says()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "No anvil: ./do test installs it.");
        await using var node = await AnvilNode.Start();
        var chain = new AnvilCaller(node);
        for (var i = 0; i < 50; i++)
        {
            var rs = Keccak256.Hash([(byte)i, 0]).Concat(Keccak256.Hash([(byte)i, 1])).ToArray();
            var hash = Keccak256.Hash([(byte)i, 2]);
            var parity = i % 2;
            byte[] input = [.. hash, .. new byte[31], (byte)(27 + parity), .. rs];
            var returned = (await chain.Call(AnvilCaller.ChainId, Precompiled(1), input, Ct)).Value.Returned;
            var expected = returned.IsEmpty ? (EvmAddress?)null : new EvmAddress(returned.Span[12..]);

            var found = EcdsaSignature.TryRead(rs, parity, out var signature)
                & Secp256k1.Fastest.TryRecoverAddress(hash, signature, out var signer);
            Assert.Equal(expected, found ? signer : null);
        }
    }

    private static async Task<(WalletKind? Kind, string? Code)> Verify(
        AnvilCaller chain, string text, byte[] signature, ulong chainId = AnvilCaller.ChainId)
    {
        var message = SignInMessage.Parse(text).Value;
        var result = await new Wallets(Secp256k1.Fastest, chain).Verify(message.Address, chainId, text, signature, Ct);
        return result.Ok ? (result.Value, null) : (null, result.Refusal.Code);
    }

    private static string Message(EvmAddress address, string nonce = "k7Qm2Zt9xW4b") => new SignInMessage
    {
        Domain = "localhost:4000",
        Scheme = "http",
        Address = address,
        Statement = "Sign in to the gateway.",
        Uri = "http://localhost:4000/sign-in",
        ChainId = AnvilCaller.ChainId,
        Nonce = nonce,
        IssuedAt = DateTimeOffset.UnixEpoch,
    }.Compose().Value;

    private static EvmAddress Precompiled(int number)
    {
        var bytes = new byte[EvmAddress.Size];
        bytes[^1] = (byte)number;
        return new EvmAddress(bytes);
    }

    // A factory of zeros, no call of it, and the signature.
    private static byte[] Wrapped(byte[] signature)
    {
        byte[] Number(int number) => [.. new byte[31], (byte)number];
        var filled = new byte[(signature.Length + 31) / 32 * 32];
        signature.CopyTo(filled, 0);
        return [.. Number(0), .. Number(96), .. Number(128), .. Number(0), .. Number(signature.Length), .. filled, .. Wrapping];
    }
}
