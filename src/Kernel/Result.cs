using System.Diagnostics.CodeAnalysis;

namespace Sluice.Kernel;

/// <summary>
/// An expected "no": a stable code (<c>room.words-joined-so</c>), a sentence that says what was wrong and what to do, and the
/// HTTP status it maps to. <paramref name="Details"/> lists every fault found, when there is more than one.
/// </summary>
public sealed record Refusal(string Code, string Message, int Status, IReadOnlyList<string>? Details = null)
{
    /// <summary>When to try again, where waiting helps; told as <c>Retry-After</c>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Refusal NotFound(string code, string message) => new(code, message, 404);
    public static Refusal Invalid(string code, string message, IReadOnlyList<string>? details = null) =>
        new(code, message, 422, details);
    public static Refusal Conflict(string code, string message) => new(code, message, 409);
}

/// <summary>Either a value or the reason why there is none. Bugs and outages are exceptions, not results.</summary>
public readonly struct Result<T>
{
    private readonly T? _value;

    private Result(T? value, Refusal? refusal) => (_value, Refusal) = (value, refusal);

    public Refusal? Refusal { get; }

    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool Ok => Refusal is null;

    public T Value => Refusal is null
        ? _value!
        : throw new InvalidOperationException($"No value: {Refusal.Code} {Refusal.Message}");

    public static implicit operator Result<T>(T value) => new(value, null);
    public static implicit operator Result<T>(Refusal refusal) => new(default, refusal);
}

/// <summary>The value of a command that has nothing to tell but that it was done.</summary>
public readonly record struct Done;
