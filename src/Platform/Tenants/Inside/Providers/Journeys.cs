using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>
/// What a browser keeps while its person is at a provider. All of it is sealed by the key ring and has an end inside; a
/// journey comes back once, which the database remembers until that end.
/// </summary>
internal sealed class Journeys(ISecretBox box, NpgsqlDataSource source, TimeProvider time)
{
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan WayLife = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan PendingLife = TimeSpan.FromMinutes(15);

    private const string OfJourney = "tenants.provider-journey";
    private const string OfWay = "tenants.provider-way";
    private const string OfPending = "tenants.provider-pending";
    private const int SealedMax = 4096;

    public Journey Begin(string provider, ProviderAim aim, SessionId? session, string? next) => new(
        provider, aim, session?.ToString(), next, SecretText.New(), SecretText.New(), SecretText.New(), time.GetUtcNow());

    public string Seal(Journey journey) => Seal(journey, OfJourney);

    /// <summary>The journey that a browser keeps, if it is this one that came back; null otherwise.</summary>
    public Journey? Open(string? kept, string provider, string? state)
    {
        if (state is null || Open<Journey>(kept, OfJourney) is not { } journey) return null;
        return journey.Provider == provider && Same(journey.State, state) && IsWithin(journey.At, Life) ? journey : null;
    }

    /// <summary>False where it came back before.</summary>
    public async Task<bool> Spend(Journey journey, CancellationToken ct)
    {
        await using var command = source.Statement(
            "INSERT INTO tenants.journeys (hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            SecretText.Hash(journey.State), journey.At + Life + Life);
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    public string SealWay(string provider, ProviderAim aim, SessionId session, string? next) =>
        Seal(new Way(provider, aim, session.ToString(), next, time.GetUtcNow()), OfWay);

    public Way? OpenWay(string ticket, string provider, SessionId? session) =>
        Open<Way>(ticket, OfWay) is { } way && way.Provider == provider && session is not null
        && way.Session == session.ToString() && IsWithin(way.At, WayLife) ? way : null;

    public string SealPending(string issuer, string label, Identity identity) => Seal(
        new PendingLink(issuer, label, identity.Subject, identity.Email!, identity.Shown, time.GetUtcNow()), OfPending);

    public PendingLink? OpenPending(string kept) =>
        Open<PendingLink>(kept, OfPending) is { } pending && IsWithin(pending.At, PendingLife) ? pending : null;

    private string Seal<T>(T value, string context) => box.Seal(JsonSerializer.Serialize(value, Http.Json), context);

    private T? Open<T>(string? text, string context) where T : class =>
        text is { Length: > 0 and <= SealedMax } && box.TryOpen(text, context, out var plain)
            ? JsonSerializer.Deserialize<T>(plain, Http.Json)
            : null;

    private bool IsWithin(DateTimeOffset at, TimeSpan life) =>
        time.GetUtcNow() is var now && at <= now && now - at < life;

    private static bool Same(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
}

/// <param name="Provider">The name of the one that it goes to; no other takes it.</param>
/// <param name="Aim">What for.</param>
/// <param name="Session">The session that it belongs to; null: to sign in.</param>
/// <param name="Next">Where to lead on to.</param>
/// <param name="State">Comes back with the answer (RFC 6749, 10.12).</param>
/// <param name="Nonce">Comes back in the ID token (OpenID Connect Core, 3.1.2.1).</param>
/// <param name="Verifier">Proves to the provider that who left is who came back (RFC 7636).</param>
/// <param name="At">When it left.</param>
internal sealed record Journey(
    string Provider, ProviderAim Aim, string? Session, string? Next, string State, string Nonce, string Verifier,
    DateTimeOffset At)
{
    /// <summary>What is told of the verifier before (S256).</summary>
    public string Challenge =>
        System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));
}

/// <summary>A page of the session offered the journey.</summary>
internal sealed record Way(string Provider, ProviderAim Aim, string Session, string? Next, DateTimeOffset At);

/// <summary>A login that its owner may link from inside the account of its address.</summary>
internal sealed record PendingLink(string Issuer, string Label, string Subject, string Email, string? Shown, DateTimeOffset At);

/// <summary>Who somebody is at a provider, as far as that is believed.</summary>
/// <param name="Subject">Never changes there.</param>
/// <param name="Email">Verified by the provider, as addresses are kept; null: none is.</param>
/// <param name="Name">Fit to be a name here; null: it said none.</param>
/// <param name="Shown">How the person is called there, for a list.</param>
/// <param name="ProvedAt">When it last proved there who it is; null: not said.</param>
internal sealed record Identity(string Subject, string? Email, string? Name, string? Shown, DateTimeOffset? ProvedAt)
{
    public const int SubjectMax = 255;
    private const int ShownMax = 254;

    public static string? NameOf(string? text) =>
        text?.Trim() is { } name && Names.Fault(name) is null ? name : null;

    /// <summary>Of several ways to call the person the first that can be shown.</summary>
    public static string? ShownOf(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
            if (text?.Trim() is { Length: > 0 and <= ShownMax } shown && Names.Hidden(shown) is null) return shown;
        return null;
    }
}
