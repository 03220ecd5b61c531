using System.Text.Json;
using Sluice.Chains;
using Sluice.Chains.Evm;

namespace Sluice.Integration.Chains;

/// <summary>The contract that judges signatures by its owner's key (tests/Vectors/chains/wallet).</summary>
internal static class SmallWallet
{
    public static async Task<EvmAddress> Deploy(AnvilCaller chain, EvmAddress owner)
    {
        using var vector = JsonDocument.Parse(await File.ReadAllTextAsync(Find("tests/Vectors/chains/wallet/SmallWallet.json")));
        byte[] code = [.. Convert.FromHexString(vector.RootElement.GetProperty("bytecode").GetString()!), .. Word(owner)];
        return (await chain.Send(owner, null, code))!.Value;
    }

    /// <summary>Gives it another owner.</summary>
    public static Task Hand(AnvilCaller chain, EvmAddress wallet, EvmAddress from, EvmAddress next) =>
        chain.Send(from, wallet, (byte[])[.. Keccak256.Hash("hand(address)"u8).AsSpan(0, 4), .. Word(next)]);

    private static byte[] Word(EvmAddress address)
    {
        var word = new byte[32];
        address.CopyTo(word.AsSpan(12));
        return word;
    }

    private static string Find(string path)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (Path.Combine(at.FullName, path) is var candidate && File.Exists(candidate)) return candidate;
        throw new FileNotFoundException($"{path} is not above {AppContext.BaseDirectory}.");
    }
}
