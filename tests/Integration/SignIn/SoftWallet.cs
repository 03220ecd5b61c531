using System.Text;
using System.Text.Json.Nodes;
using Sluice.Chains;
using Sluice.Chains.Evm;
using Sluice.Chains.Signatures;

namespace Sluice.Integration.SignIn;

/// <summary>A wallet that is a key, and signs whatever it is given.</summary>
internal sealed class SoftWallet(string seed)
{
    private readonly byte[] _secret = Keccak256.Hash(Encoding.UTF8.GetBytes(seed));

    public EvmAddress Address
    {
        get
        {
            var publicKey = new byte[ISecp256k1.PublicKeySize];
            Secp256k1.Fastest.TryDerive(_secret, publicKey);
            return EvmAddress.Of(publicKey);
        }
    }

    /// <summary>What <c>personal_sign</c> answers.</summary>
    public string Sign(string message)
    {
        var hash = new byte[Keccak256.Size];
        PersonalMessage.Hash(Encoding.UTF8.GetBytes(message), hash);
        Secp256k1.Fastest.TrySign(hash, _secret, out var signature);
        var bytes = new byte[65];
        signature.Write(bytes);
        bytes[^1] = (byte)(27 + signature.RecoveryId);
        return "0x" + Convert.ToHexStringLower(bytes);
    }

    /// <summary>Asks for a text at a route and signs it.</summary>
    public async Task<JsonObject> Answer(Person person, string route, Func<string, string>? change = null)
    {
        var asked = (await person.Post(route, new { address = $"{Address}", chainId = "31337" }))!;
        var message = $"{asked["message"]}";
        message = change?.Invoke(message) ?? message;
        return new JsonObject { ["message"] = message, ["signature"] = Sign(message) };
    }
}
