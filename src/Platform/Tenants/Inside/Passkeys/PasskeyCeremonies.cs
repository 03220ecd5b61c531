using System.Data.Common;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Challenges;

namespace Sluice.Platform.Tenants.Inside.Passkeys;

/// <summary>
/// Has the framework's handler write what browsers are asked and judge what they answer: challenge, origin, address, that the
/// person was verified, the signature and its counter. Address and origin are those of the public address, never of a request.
/// </summary>
internal sealed partial class PasskeyCeremonies(
    IOptions<TenantsOptions> options, TimeProvider time, ILogger<PasskeyCeremonies> log)
{
    private const int ChallengeBytes = 32;
    private const int WhyMax = 200;

    private static readonly Refusal Closed = Refusal.Conflict(
        "auth.passkeys-closed",
        "Passkeys need an address with a name, over TLS or on this machine: the operator sets SLUICE_PUBLIC_URL.");

    public static readonly Refusal Refused = new(
        "auth.passkey-refused", "The passkey was not accepted: begin again, or sign in another way.", 401);

    private readonly IOptions<IdentityPasskeyOptions> _options = Options.Create(new IdentityPasskeyOptions
    {
        ServerDomain = options.Value.PublicUrl.IdnHost,
        AuthenticatorTimeout = ChallengeBook.Life,
        ChallengeSize = ChallengeBytes,
        UserVerificationRequirement = "required",
        ResidentKeyRequirement = "required",
        // Who made the authenticator is nobody's business here.
        AttestationConveyancePreference = "none",
        ValidateOrigin = asked => ValueTask.FromResult(
            !asked.CrossOrigin && asked.TopOrigin is null
            && string.Equals(asked.Origin, Origin(options.Value.PublicUrl), StringComparison.Ordinal)),
    });

    /// <summary>The refusal where browsers make no passkeys for the public address.</summary>
    public Refusal? Shut => IsFit(options.Value.PublicUrl) ? null : Closed;

    public async Task<Asked> AskNew(User user, UnitOfWork work, CancellationToken ct)
    {
        using var users = new PasskeyUsers(new PasskeyStore(work), ct);
        var entity = new PasskeyUserEntity
        {
            Id = user.Id.ToString(),
            Name = user.Email,
            DisplayName = user.Name,
        };
        var made = await new PasskeyHandler<User>(users, _options).MakeCreationOptionsAsync(entity, new DefaultHttpContext());
        var json = JsonNode.Parse(made.CreationOptionsJson)!;
        // The handler knows no other name than the address.
        json["rp"]!["name"] = options.Value.InstallationName;
        return new Asked(json.Deserialize<JsonElement>(), made.AttestationState!);
    }

    /// <summary>For any passkey of this installation, or for those of one user.</summary>
    public async Task<Asked> Ask(User? user, UnitOfWork work, CancellationToken ct)
    {
        using var users = new PasskeyUsers(new PasskeyStore(work), ct);
        var made = await new PasskeyHandler<User>(users, _options).MakeRequestOptionsAsync(user, new DefaultHttpContext());
        using var json = JsonDocument.Parse(made.RequestOptionsJson);
        return new Asked(json.RootElement.Clone(), made.AssertionState!);
    }

    /// <summary>The passkey that a browser made for this user.</summary>
    public async Task<Result<UserPasskeyInfo>> Made(
        User user, string state, string credential, UnitOfWork work, CancellationToken ct)
    {
        using var users = new PasskeyUsers(new PasskeyStore(work), ct);
        var result = await new PasskeyHandler<User>(users, _options).PerformAttestationAsync(new PasskeyAttestationContext
        {
            HttpContext = new DefaultHttpContext(),
            CredentialJson = credential,
            AttestationState = state,
        });
        if (result.Succeeded && result.UserEntity.Id == user.Id.ToString() && PasskeyRows.Fits(result.Passkey))
            return result.Passkey;
        Tell(result.Failure);
        return Refused;
    }

    /// <summary>Whose passkey signed what was asked, held until the end of the unit of work, with its use noted.</summary>
    public async Task<Result<User>> Signed(string state, string credential, UnitOfWork work, CancellationToken ct)
    {
        using var users = new PasskeyUsers(new PasskeyStore(work), ct);
        var result = await new PasskeyHandler<User>(users, _options).PerformAssertionAsync(new PasskeyAssertionContext
        {
            HttpContext = new DefaultHttpContext(),
            CredentialJson = credential,
            AssertionState = state,
        });
        if (!result.Succeeded)
        {
            Tell(result.Failure);
            return Refused;
        }
        await PasskeyRows.Use(result.Passkey, time.GetMicros(), work, ct);
        return result.User;
    }

    private void Tell(PasskeyException? failure)
    {
        // The handler takes every fault for the browser's; one of the database is not.
        if (failure?.InnerException is DbException outage)
            throw new InvalidOperationException("A passkey could not be judged.", outage);
        var why = failure?.Message ?? "it is of no use here";
        LogRefused(why.Length > WhyMax ? why[..WhyMax] : why);
    }

    private static string Origin(Uri url) => url.IdnHost is var host && url.IsDefaultPort
        ? $"{url.Scheme}://{host}"
        : FormattableString.Invariant($"{url.Scheme}://{host}:{url.Port}");

    private static bool IsFit(Uri url) =>
        url.HostNameType == UriHostNameType.Dns && !IPAddress.TryParse(url.IdnHost, out _)
        && (url.Scheme == Uri.UriSchemeHttps || url.IdnHost is "localhost"
            || url.IdnHost.EndsWith(".localhost", StringComparison.Ordinal));

    [LoggerMessage(3201, LogLevel.Information, "A passkey was refused: {Why}")]
    private partial void LogRefused(string why);
}

/// <param name="Options">For the browser.</param>
/// <param name="State">What its answer is judged by.</param>
internal sealed record Asked(JsonElement Options, string State);
