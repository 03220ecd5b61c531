using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.SignIn;

namespace Sluice.Platform.Tenants.Inside.Challenges;

/// <summary>
/// What browsers were asked to answer. Taking one removes it, whatever is wrong with the answer: each is good for one try.
/// </summary>
internal sealed class ChallengeBook(IUnitsOfWork units, Attempts attempts, TimeProvider time)
{
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    public static readonly Refusal Ended = new(
        "auth.challenge-ended",
        "This took too long, was answered already, or was begun in another window: begin again.", 401);

    /// <summary>Makes one for the browser that asks; a network gets so many.</summary>
    public async Task<Result<Challenge>> Make(
        string purpose, UserId? user, string state, Origin? from, CancellationToken ct)
    {
        if (await attempts.Take(AttemptLimits.Challenges(from), ct) is { } tooMany) return tooMany;
        return await units.Write<Challenge>(null, async work =>
        {
            var challenge = new Challenge(SecretText.New(), time.GetMicros() + Life);
            await work.Execute(
                "INSERT INTO tenants.challenges (hash, purpose, user_id, state, expires_at) VALUES ($1, $2, $3, $4, $5)",
                [SecretText.Hash(challenge.Secret), purpose, user?.Value, state, challenge.ExpiresAt], ct);
            return challenge;
        }, ct);
    }

    /// <summary>The state of one, which is gone then; refused where it is not for this purpose and user.</summary>
    public async Task<Result<string>> Take(string? secret, string purpose, UserId? user, CancellationToken ct)
    {
        if (SecretText.Hash(secret) is not { } hash) return Ended;
        var taken = await units.Write<Kept?>(null, async work => await work.Statement(
            "DELETE FROM tenants.challenges WHERE hash = $1 RETURNING purpose, user_id, state, expires_at", hash)
            .Row(row => new Kept(
                row.GetString(0), row.Optional<Guid?>(1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3)), ct), ct);
        return taken.Value is { } kept && kept.Purpose == purpose && kept.User == user?.Value && kept.ExpiresAt > time.GetMicros()
            ? kept.State
            : Ended;
    }

    private sealed record Kept(string Purpose, Guid? User, string State, DateTimeOffset ExpiresAt);
}
