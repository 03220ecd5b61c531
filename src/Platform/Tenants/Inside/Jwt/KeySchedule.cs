namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>One signing key of this installation, in time.</summary>
/// <param name="Id">The <c>kid</c>.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="SignsFrom">From when it signs: later than its making, so that it is known before it is used.</param>
/// <param name="WithdrawnAt">Since when nothing of it counts; null: was not withdrawn.</param>
internal sealed record KeyTimes(string Id, DateTimeOffset CreatedAt, DateTimeOffset SignsFrom, DateTimeOffset? WithdrawnAt);

internal enum KeyState
{
    /// <summary>Known to everybody, to sign later.</summary>
    Next,
    Signs,
    /// <summary>Signs nothing more; what it signed may still be in use.</summary>
    Verifies,
    /// <summary>Everything that it signed has expired.</summary>
    Over,
    Withdrawn,
}

/// <summary>
/// Which key signs, which verify, and when the next one is due. A key signs from its time until the next one's; what it signed
/// is verified until the last of it has expired. Pure.
/// </summary>
internal static class KeySchedule
{
    /// <summary>How long before it signs a key is published; longer than anybody may keep the set.</summary>
    public static readonly TimeSpan Lead = TimeSpan.FromMinutes(15);

    /// <summary>How long others may keep the published set.</summary>
    public static readonly TimeSpan SetAge = TimeSpan.FromMinutes(5);

    // The longest that the settings allow for an access token, and clocks that differ.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(62);

    /// <summary>
    /// The key that signs; null where there is none. The first one signs also where this clock has not reached its time:
    /// another process made it, by a clock that goes ahead.
    /// </summary>
    public static string? Signing(IReadOnlyList<KeyTimes> keys, DateTimeOffset now)
    {
        var usable = Usable(keys);
        return (usable.LastOrDefault(key => key.SignsFrom <= now) ?? usable.FirstOrDefault())?.Id;
    }

    /// <summary>When a key that is to be made now begins to sign; null where none is due.</summary>
    public static DateTimeOffset? Due(IReadOnlyList<KeyTimes> keys, TimeSpan age, DateTimeOffset now)
    {
        var usable = Usable(keys);
        if (usable.LastOrDefault(key => key.SignsFrom <= now) is not { } signing)
            return usable.Length == 0 ? now : null;
        return signing == usable[^1] && signing.SignsFrom + age <= now + Lead ? now + Lead : null;
    }

    public static KeyState StateOf(KeyTimes key, IReadOnlyList<KeyTimes> keys, DateTimeOffset now)
    {
        if (key.WithdrawnAt is not null) return KeyState.Withdrawn;
        if (key.SignsFrom > now) return KeyState.Next;
        var usable = Usable(keys);
        var successor = Array.Find(usable, other => other.SignsFrom > key.SignsFrom && other.SignsFrom <= now);
        if (successor is null) return KeyState.Signs;
        return successor.SignsFrom + Overlap > now ? KeyState.Verifies : KeyState.Over;
    }

    private static KeyTimes[] Usable(IReadOnlyList<KeyTimes> keys) =>
    [
        .. keys.Where(key => key.WithdrawnAt is null).OrderBy(key => key.SignsFrom)
            .ThenBy(key => key.Id, StringComparer.Ordinal),
    ];
}
