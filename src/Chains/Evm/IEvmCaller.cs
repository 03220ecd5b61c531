using Sluice.Kernel;

namespace Sluice.Chains.Evm;

/// <summary>Asks a chain. Who has nodes implements it; what is built on it needs none to be tested.</summary>
public interface IEvmCaller
{
    /// <summary>
    /// <c>eth_call</c> at the latest block, from nobody and without value. Refused with <c>wallet.chain-foreign</c> where the
    /// chain is not known, or where none of its nodes answers; that the contract reverts is an answer.
    /// </summary>
    Task<Result<EvmCallAnswer>> Call(ulong chainId, EvmAddress to, ReadOnlyMemory<byte> data, CancellationToken ct);
}

/// <summary>What a call came back with.</summary>
/// <param name="Reverted">The call failed on the chain; nothing that it returned counts.</param>
/// <param name="Returned">Empty where there is no contract at the address.</param>
public readonly record struct EvmCallAnswer(bool Reverted, ReadOnlyMemory<byte> Returned);
