using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Sluice.Integration.SignIn;

/// <summary>
/// An authenticator and its browser in a few lines (WebAuthn level 3, ES256, no attestation), which can be made to lie in every
/// part of an answer.
/// </summary>
internal sealed class SoftAuthenticator : IDisposable
{
    private const int Counts = 0x01;
    private const int Verifies = 0x04;
    private const int Attests = 0x40;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public byte[] Id { get; init; } = RandomNumberGenerator.GetBytes(32);

    public string Origin { get; set; } = "http://localhost:4000";

    public string Domain { get; set; } = "localhost";

    public bool Present { get; set; } = true;

    public bool Verified { get; set; } = true;

    public bool Framed { get; set; }

    public uint Signatures { get; set; }

    /// <summary>What the browser says that the answer is of; null says the truth.</summary>
    public string? Type { get; set; }

    /// <summary>Whom the authenticator made the passkey for.</summary>
    public string? Handle { get; set; }

    /// <summary>What <c>navigator.credentials.create</c> answers.</summary>
    public JsonObject Create(JsonNode options)
    {
        Handle = options["user"]!["id"]!.ToString();
        var parameters = _key.ExportParameters(includePrivateParameters: false);
        byte[] publicKey =
            [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20, .. parameters.Q.X!, 0x22, 0x58, 0x20, .. parameters.Q.Y!];
        byte[] data = [.. Data(Attests), .. new byte[16], .. Short(Id.Length), .. Id, .. publicKey];
        byte[] attestation =
        [
            0xA3, 0x63, .. "fmt"u8, 0x64, .. "none"u8, 0x67, .. "attStmt"u8, 0xA0, 0x68, .. "authData"u8, 0x59, .. Short(data.Length), .. data,
        ];
        return Credential(new JsonObject
        {
            ["clientDataJSON"] = Text(Client("webauthn.create", options)),
            ["attestationObject"] = Text(attestation),
            ["transports"] = new JsonArray("internal", "<b>made up</b>"),
        });
    }

    /// <summary>What <c>navigator.credentials.get</c> answers.</summary>
    public JsonObject Get(JsonNode options)
    {
        Signatures++;
        var client = Client("webauthn.get", options);
        var data = Data(0);
        byte[] signed = [.. data, .. SHA256.HashData(client)];
        return Credential(new JsonObject
        {
            ["clientDataJSON"] = Text(client),
            ["authenticatorData"] = Text(data),
            ["signature"] = Text(_key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
            ["userHandle"] = Handle,
        });
    }

    public void Dispose() => _key.Dispose();

    private JsonObject Credential(JsonObject response) => new()
    {
        ["id"] = Text(Id),
        ["rawId"] = Text(Id),
        ["type"] = "public-key",
        ["clientExtensionResults"] = new JsonObject(),
        ["response"] = response,
    };

    private byte[] Client(string type, JsonNode options) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["type"] = Type ?? type,
        ["challenge"] = options["challenge"]!.ToString(),
        ["origin"] = Origin,
        ["crossOrigin"] = Framed,
    }.ToJsonString());

    private byte[] Data(int flags)
    {
        if (Present) flags |= Counts;
        if (Verified) flags |= Verifies;
        var count = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(count, Signatures);
        return [.. SHA256.HashData(Encoding.UTF8.GetBytes(Domain)), (byte)flags, .. count];
    }

    private static byte[] Short(int value) => [(byte)(value >> 8), (byte)value];

    private static string Text(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
