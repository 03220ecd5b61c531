using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sluice.Chains.Evm;
using Sluice.Chains.Evm.SignIn;

namespace Sluice.Platform.Tenants.Inside.Wallets.Routes;

/// <summary>What wallets are told and tell, as fields of bodies.</summary>
internal static class WalletFields
{
    private const int AddressMax = 100;
    private const int ChainMax = 20;

    public static WalletWish Wish(this ObjectAt at)
    {
        var address = at.Text("address", AddressMax);
        if (at.Text("chainId", ChainMax) is not { } text) return new WalletWish(address, null);
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var chainId) && chainId > 0)
            return new WalletWish(address, chainId);
        at.Faults.Add(at.At("chainId"), "is no chain id. Write it as a text of decimal digits, as in \"1\".");
        return new WalletWish(address, null);
    }

    public static WalletAnswer Answer(this ObjectAt at, HttpContext http) => new(
        Long(at, "message", SignInMessage.TextMax), Long(at, "signature", 2 + (2 * ContractSignature.SizeMax)),
        ChallengeCookie.Read(http));

    /// <summary>What a wallet is to sign, with the cookie that binds it.</summary>
    public static IResult Request(HttpContext http, Kernel.Result<WalletRequest> result) => Http.Answer(result, request =>
    {
        ChallengeCookie.Write(http, request.Challenge);
        return Results.Json(
            new WalletMessageAnswer(
                request.Domain, request.Uri, request.Statement, "1", request.Nonce, request.IssuedAt, request.ExpirationTime,
                request.Message), Http.Json);
    });

    private static string Long(ObjectAt at, string name, int max)
    {
        if (at.Find(name) is not { } value) at.Faults.Add(at.At(name), "is missing. Add it: a text.");
        else if (ObjectAt.TextOf(value, at.At(name), at.Faults) is not { } text) return "";
        else if (text.Length is 0 || text.Length > max) at.Faults.Add(at.At(name), $"must have 1 to {max} characters.");
        else return text;
        return "";
    }
}

internal sealed record WalletWishBody(
    [property: Description("Whose text is to be composed; absent where the caller composes it.")] string? Address = null,
    [property: Description("The chain (EIP-155) to name in it, in decimal digits; 1 if absent.")] string? ChainId = null);

/// <summary>What is to be signed after EIP-4361.</summary>
internal sealed record WalletMessageAnswer(
    string Domain, string Uri, string Statement, string Version, string Nonce, DateTimeOffset IssuedAt,
    DateTimeOffset ExpirationTime, [property: Description("The whole text, where the address was told.")] string? Message);

internal sealed record WalletAnswerBody(
    [property: Description("The text that was signed, to the letter.")] string Message,
    [property: Description("0x and hexadecimal digits, as personal_sign answers it.")] string Signature);

internal sealed record NewWalletBody(
    [property: Description("The text that was signed, to the letter.")] string Message,
    [property: Description("0x and hexadecimal digits, as personal_sign answers it.")] string Signature,
    [property: Description("What to call it; the ends of its address if absent.")] string? Name = null);

internal sealed record WalletSignUpBody(
    [property: Description("At most 254 characters.")] string Email,
    [property: Description("What others call the person; otherwise what stands before the @.")] string? Name = null,
    [property: Description("The token of an invitation's link, where signing up takes one.")] string? Invitation = null);
