using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.SignIn;

/// <summary>
/// Hashes and compares passwords by the framework's hasher: PBKDF2-HMAC-SHA512 with a salt, its rounds in the hash.
/// </summary>
internal sealed class Passwords(Hashing hashing, IOptions<TenantsOptions> options)
{
    // What fails must not be told from what is not there, so a hash of nothing stands in.
    private const int Slots = 2;

    private static readonly object Nobody = new();

    private readonly PasswordHasher<object> _hasher = new(Options.Create(new PasswordHasherOptions
    {
        CompatibilityMode = PasswordHasherCompatibilityMode.IdentityV3,
        IterationCount = options.Value.HashRounds,
    }));

    private string? _dummy;

    /// <summary>The refusal where too many hash at this moment.</summary>
    public Refusal? Busy => hashing.Full;

    /// <summary>The hash to keep; refused where the password breaks a rule, or too many hash.</summary>
    public async Task<Result<string>> Hash(string password, string email, CancellationToken ct, string field = "password")
    {
        if (Weak(password, email, field) is { } weak) return weak;
        return await hashing.Run(() => _hasher.HashPassword(Nobody, password), ct);
    }

    /// <summary>The refusal of a password that breaks a rule, with all faults; null where none does.</summary>
    public Refusal? Weak(string password, string email, string field = "password")
    {
        var faults = PasswordRules.Faults(password, email, options.Value.InstallationName);
        if (faults.Count == 0 && options.Value.BreachedPasswords is { } file && BreachedPasswords.Contains(file, password))
            faults = ["was in a breach of some site, so it is tried. Choose one that nobody else has."];
        return faults.Count == 0 ? null : Refusal.Invalid(
            "auth.password-weak", "Choose another password.", [.. faults.Select(fault => $"{field}: {fault}")]);
    }

    /// <summary>
    /// Which of at most two hashes the password fits, first one first. Two comparisons are made unless the first one fits,
    /// however many hashes there are.
    /// </summary>
    public Task<Result<PasswordMatch>> Compare(string password, string?[] hashes, CancellationToken ct) => hashing.Run(
        () =>
        {
            for (var slot = 0; slot < Slots; slot++)
            {
                var hash = slot < hashes.Length ? hashes[slot] : null;
                var verdict = _hasher.VerifyHashedPassword(Nobody, hash ?? Dummy(), password);
                if (hash is null || verdict == PasswordVerificationResult.Failed) continue;
                var stronger = verdict == PasswordVerificationResult.SuccessRehashNeeded
                    ? _hasher.HashPassword(Nobody, password)
                    : null;
                return new PasswordMatch(slot, stronger);
            }
            return PasswordMatch.None;
        }, ct);

    // Made once, by the first who needs it; two at once make two, of which one stays.
    private string Dummy() => _dummy ??= _hasher.HashPassword(Nobody, Convert.ToHexString(RandomNumberGenerator.GetBytes(32)));
}

/// <param name="Slot">The place of the hash that fits; -1 where none does.</param>
/// <param name="Stronger">A hash with the present number of rounds, where the kept one has fewer.</param>
internal readonly record struct PasswordMatch(int Slot, string? Stronger)
{
    public static readonly PasswordMatch None = new(-1, null);

    public bool Fits => Slot >= 0;
}
