using System.Text;
using Sluice.Chains.Signatures;
using Sluice.Kernel;

namespace Sluice.Chains.Evm;

/// <summary>What stands behind an address that signed.</summary>
public enum WalletKind
{
    /// <summary>A key, whose address it is.</summary>
    Key,
    /// <summary>A contract, which took the signature (EIP-1271).</summary>
    Contract,
}

/// <summary>Judges whether an address signed a message.</summary>
public sealed class Wallets(ISecp256k1 curve, IEvmCaller caller)
{
    /// <summary>
    /// Whether the address signed the text as a personal message (EIP-191). A key is found without asking anybody; only where
    /// the signature is not that of the address's own key is its contract asked, on the chain named.
    /// </summary>
    /// <returns>
    /// What the address is; or a refusal with code <c>wallet.signature-invalid</c>, <c>wallet.signature-foreign</c>,
    /// <c>wallet.contract-undeployed</c>, or one of the caller's own.
    /// </returns>
    public async Task<Result<WalletKind>> Verify(
        EvmAddress address, ulong chainId, string text, ReadOnlyMemory<byte> signature, CancellationToken ct)
    {
        var hash = new byte[Keccak256.Size];
        PersonalMessage.Hash(Encoding.UTF8.GetBytes(text), hash);
        return await Verify(address, chainId, hash, signature, ct);
    }

    /// <summary>Whether the address signed the hash; the rest is as of the text.</summary>
    /// <param name="address">Who is said to have signed.</param>
    /// <param name="chainId">Where its contract is, if it is one.</param>
    /// <param name="hash">32 bytes.</param>
    /// <param name="signature">As the wallet gave it.</param>
    /// <param name="ct">Gives up waiting for the chain.</param>
    public async Task<Result<WalletKind>> Verify(
        EvmAddress address, ulong chainId, ReadOnlyMemory<byte> hash, ReadOnlyMemory<byte> signature, CancellationToken ct)
    {
        if (signature.IsEmpty || signature.Length > ContractSignature.SizeMax)
        {
            return Refusal.Invalid(
                "wallet.signature-invalid",
                $"A signature has 1 to {ContractSignature.SizeMax} bytes; this one has {signature.Length}.");
        }

        var byKey = EvmSignature.Read(signature.Span);
        if (byKey.Ok && curve.TryRecoverAddress(hash.Span, byKey.Value, out var signer) && signer == address)
            return WalletKind.Key;

        var wrapped = ContractSignature.IsWrapped(signature.Span);
        if (!TryCall(hash.Span, signature.Span, wrapped, out var call))
        {
            return Refusal.Invalid(
                "wallet.signature-invalid", "The signature ends as those of EIP-6492 do, but is not laid out so.");
        }

        var asked = await caller.Call(chainId, address, call, ct);
        if (!asked.Ok) return asked.Refusal;
        if (!asked.Value.Reverted && ContractSignature.Accepts(asked.Value.Returned.Span)) return WalletKind.Contract;
        if (asked.Value.Reverted || !asked.Value.Returned.IsEmpty)
            return Foreign($"The contract {address.ToChecksum()} on chain {chainId} does not accept the signature.");
        if (wrapped)
        {
            return new Refusal(
                "wallet.contract-undeployed",
                $"The wallet's contract is not on chain {chainId} yet: send a first transaction with it, then sign in.", 401);
        }

        // Of a length that only keys have, the form may be what is wrong.
        return signature.Length == EvmSignature.Size && !byKey.Ok
            ? byKey.Refusal
            : Foreign($"The signature is not by {address.ToChecksum()}, and chain {chainId} has no contract there.");
    }

    private static bool TryCall(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature, bool wrapped, out byte[] call)
    {
        call = [];
        if (wrapped && !ContractSignature.TryUnwrap(signature, out signature)) return false;
        call = ContractSignature.EncodeCall(hash, signature);
        return true;
    }

    private static Refusal Foreign(string message) => new Refusal("wallet.signature-foreign", message, 401);
}
