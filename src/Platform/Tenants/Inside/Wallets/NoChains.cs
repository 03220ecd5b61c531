using System.Globalization;
using Sluice.Chains.Evm;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Wallets;

/// <summary>Where no node is known: wallets that are keys sign in, contracts do not.</summary>
internal sealed class NoChains : IEvmCaller
{
    public Task<Result<EvmCallAnswer>> Call(
        ulong chainId, EvmAddress to, ReadOnlyMemory<byte> data, CancellationToken ct) =>
        Task.FromResult<Result<EvmCallAnswer>>(new Refusal(
            "wallet.chain-foreign",
            string.Create(CultureInfo.InvariantCulture, $"No node of chain {chainId} can be asked here about a wallet."), 401));
}
