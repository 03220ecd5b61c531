using System.Globalization;
using System.Text.Json;
using Sluice.Chains.Evm;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel;

namespace Sluice.Integration.Chains;

/// <summary>Calls, transactions and signatures of one anvil.</summary>
internal sealed class AnvilCaller(AnvilNode node) : IEvmCaller
{
    public const ulong ChainId = 31337;

    // JSON-RPC's code of a call that the chain undid; of one that a precompiled contract did not take, anvil says it in words.
    private const int RevertedCode = 3;
    private const string FailedWords = "EVM error";

    public int Calls { get; private set; }

    public async Task<Result<EvmCallAnswer>> Call(ulong chainId, EvmAddress to, ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        Calls++;
        if (chainId != ChainId)
            return new Refusal("wallet.chain-foreign", string.Create(CultureInfo.InvariantCulture, $"Chain {chainId} is not known here."), 401);
        using var answer = await Ask("eth_call", $$"""[{"to":"{{to}}","data":"{{Hex(data.Span)}}"},"latest"]""");
        if (answer.RootElement.TryGetProperty("error", out var error))
        {
            if (error.GetProperty("code").GetInt32() != RevertedCode
                && !error.GetProperty("message").GetString()!.StartsWith(FailedWords, StringComparison.Ordinal))
                throw new InvalidOperationException(error.ToString());
            return new EvmCallAnswer(Reverted: true, ReadOnlyMemory<byte>.Empty);
        }
        return new EvmCallAnswer(Reverted: false, Bytes(answer.RootElement.GetProperty("result").GetString()!));
    }

    /// <summary>One of the accounts that anvil has the keys of.</summary>
    public async Task<EvmAddress> Account(int index)
    {
        using var answer = await Ask("eth_accounts", "[]");
        return EvmAddress.Read(answer.RootElement.GetProperty("result")[index].GetString()!).Value;
    }

    /// <summary>What anvil signs as <c>personal_sign</c> with the key of one of its accounts.</summary>
    public async Task<byte[]> Sign(EvmAddress account, ReadOnlyMemory<byte> message)
    {
        using var answer = await Ask("personal_sign", $"""["{Hex(message.Span)}","{account}"]""");
        return Bytes(answer.RootElement.GetProperty("result").GetString()!);
    }

    /// <summary>Sends a transaction from one of anvil's accounts and returns the contract that it made, if it made one.</summary>
    public async Task<EvmAddress?> Send(EvmAddress from, EvmAddress? to, ReadOnlyMemory<byte> data)
    {
        var receiver = to is { } address ? $"""
            "to":"{address}",
            """ : "";
        using var sent = await Ask("eth_sendTransaction", $$"""[{"from":"{{from}}",{{receiver}}"data":"{{Hex(data.Span)}}"}]""");
        JsonElement result = default;
        await Until.True(
            async () =>
            {
                using var receipt = await Ask("eth_getTransactionReceipt", $"""["{sent.RootElement.GetProperty("result").GetString()}"]""");
                result = receipt.RootElement.GetProperty("result").Clone();
                return result.ValueKind == JsonValueKind.Object;
            },
            "the transaction is mined");
        if (result.GetProperty("status").GetString() != "0x1") throw new InvalidOperationException(result.ToString());
        return result.GetProperty("contractAddress").GetString() is { } made ? EvmAddress.Read(made).Value : null;
    }

    private async Task<JsonDocument> Ask(string method, string parameters) => JsonDocument.Parse(await node.Call(method, parameters));

    private static string Hex(ReadOnlySpan<byte> bytes) => "0x" + Convert.ToHexStringLower(bytes);

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex[2..]);
}
