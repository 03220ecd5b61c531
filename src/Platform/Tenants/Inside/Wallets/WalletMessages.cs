using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Sluice.Chains.Evm;
using Sluice.Chains.Evm.SignIn;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Challenges;

namespace Sluice.Platform.Tenants.Inside.Wallets;

/// <summary>Writes what wallets are to sign, and judges what they signed.</summary>
internal sealed class WalletMessages(
    Chains.Evm.Wallets wallets, ChallengeBook challenges, IOptions<WalletsOptions> options, IOptions<TenantsOptions> tenants,
    TimeProvider time)
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int NonceCharacters = 24;

    private static readonly Refusal Closed = Refusal.Conflict(
        "auth.wallets-closed", "Nobody signs in with a wallet here: the operator closed it.");

    private static readonly Refusal NoChain = new("wallet.chain-foreign", "There is no chain 0: name the wallet's own.", 401);

    /// <summary>The refusal where wallets are not offered.</summary>
    public Refusal? Shut => options.Value.Offered ? null : Closed;

    /// <summary>What a browser is to have signed, for one purpose.</summary>
    public async Task<Result<WalletRequest>> Ask(
        WalletPurpose purpose, WalletWish wish, UserId? user, Origin? from, CancellationToken ct)
    {
        if (Shut is { } shut) return shut;
        if (wish.ChainId is { } chain && Foreign(chain) is { } foreign) return foreign;
        EvmAddress? address = null;
        if (wish.Address is { } told)
        {
            var read = EvmAddress.Read(told);
            if (!read.Ok) return read.Refusal;
            address = read.Value;
        }
        var nonce = RandomNumberGenerator.GetString(Alphabet, NonceCharacters);
        var challenge = await challenges.Make(purpose.Name, user, nonce, from, ct);
        if (!challenge.Ok) return challenge.Refusal;
        // To the second: wallets show it to people.
        var now = time.GetUtcNow();
        var issued = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
        var request = new WalletRequest(
            Domain, Uri, purpose.Statement, nonce, issued, issued + ChallengeBook.Life, null, challenge.Value);
        if (address is not { } signer) return request;
        var message = Compose(request, signer, wish.ChainId ?? 1);
        return message.Ok ? request with { Message = message.Value } : message.Refusal;
    }

    /// <summary>
    /// Which wallet signed the answer to what was asked for this purpose; it is used up then. Asks a chain where the wallet is
    /// a contract, so no unit of work is held meanwhile.
    /// </summary>
    public async Task<Result<WalletKey>> Judge(
        WalletPurpose purpose, WalletAnswer answer, UserId? user, CancellationToken ct)
    {
        if (Shut is { } shut) return shut;
        var message = SignInMessage.Parse(answer.Message);
        if (!message.Ok) return message.Refusal;
        if (Bytes(answer.Signature) is not { } signature)
            return Refusal.Invalid("wallet.signature-invalid", "A signature is 0x and an even number of hexadecimal digits.");
        var nonce = await challenges.Take(answer.Secret, purpose.Name, user, ct);
        if (!nonce.Ok) return nonce.Refusal;
        var expected = new SignInExpectation
        {
            Scheme = PublicUrl.Scheme,
            Domain = Domain,
            Uri = Uri,
            Nonce = nonce.Value,
            ChainIds = [.. options.Value.Chains],
        };
        if (message.Value.Check(expected, time.GetUtcNow()) is { } refusal) return refusal;
        // What the person read is what it was asked for.
        if (message.Value.Statement != purpose.Statement) return Other(purpose);
        var (address, chain) = (message.Value.Address, message.Value.ChainId);
        // Stands for every chain where a wallet is a key, so no contract may be on it.
        if (chain == 0) return Foreign(chain) ?? NoChain;
        var kind = await wallets.Verify(address, chain, answer.Message, signature, ct);
        return kind.Ok ? new WalletKey(address, kind.Value == WalletKind.Key ? 0 : chain) : kind.Refusal;
    }

    private static Refusal Other(WalletPurpose purpose) => new(
        "wallet.statement-foreign",
        $"The message says something else than \"{purpose.Statement}\": sign the one that was asked for.", 401);

    private Uri PublicUrl => tenants.Value.PublicUrl;

    private string Domain => PublicUrl.IsDefaultPort
        ? PublicUrl.IdnHost
        : string.Create(CultureInfo.InvariantCulture, $"{PublicUrl.IdnHost}:{PublicUrl.Port}");

    private string Uri => $"{PublicUrl.Scheme}://{Domain}/sign-in";

    private Result<string> Compose(WalletRequest request, EvmAddress address, ulong chainId) => new SignInMessage
    {
        // Without it https is meant.
        Scheme = PublicUrl.Scheme == System.Uri.UriSchemeHttps ? null : PublicUrl.Scheme,
        Domain = request.Domain,
        Address = address,
        Statement = request.Statement,
        Uri = request.Uri,
        ChainId = chainId,
        Nonce = request.Nonce,
        IssuedAt = request.IssuedAt,
        ExpirationTime = request.ExpirationTime,
    }.Compose();

    private Refusal? Foreign(ulong chainId) => options.Value.Chains.Count == 0 || options.Value.Chains.Contains(chainId)
        ? null
        : new Refusal(
            "wallet.chain-foreign",
            string.Create(
                CultureInfo.InvariantCulture,
                $"Chain {chainId} is not known here; known are: {string.Join(", ", options.Value.Chains)}."), 401);

    private static byte[]? Bytes(string text)
    {
        if (!text.StartsWith("0x", StringComparison.Ordinal) || text.Length % 2 != 0
            || text.Length > 2 + (2 * ContractSignature.SizeMax)) return null;
        var bytes = new byte[(text.Length - 2) / 2];
        return Convert.FromHexString(text.AsSpan(2), bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == bytes.Length ? bytes : null;
    }
}

/// <summary>What a wallet signs for. One text does not stand for another.</summary>
/// <param name="Name">Of the challenge.</param>
/// <param name="Statement">What the wallet shows.</param>
internal sealed record WalletPurpose(string Name, string Statement)
{
    public static readonly WalletPurpose SignIn = new("wallet-sign-in", "Sign in with this wallet.");
    public static readonly WalletPurpose New = new("wallet-new", "Link this wallet to your account.");
    public static readonly WalletPurpose StepUp = new("wallet-step-up", "Prove that it is you.");
}

/// <summary>What a wallet is: a key, on every chain the same (0), or a contract on one.</summary>
internal readonly record struct WalletKey(EvmAddress Address, ulong ChainId)
{
    public byte[] Bytes
    {
        get
        {
            var bytes = new byte[EvmAddress.Size];
            Address.CopyTo(bytes);
            return bytes;
        }
    }
}
