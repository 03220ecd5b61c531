using Sluice.Kernel;

namespace Sluice.Host.Portal.Forms;

/// <summary>
/// What was typed into a form and what was wrong with it. A page shows it again as it was, so that nobody types twice.
/// </summary>
public sealed class FormState
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _errors = new(StringComparer.Ordinal);

    /// <summary>What is wrong with the form as a whole; null where only fields are.</summary>
    public string? Summary { get; private set; }

    /// <summary>Errors by the name of their field, in the order in which they were found.</summary>
    public IReadOnlyDictionary<string, string> Errors => _errors;

    public bool IsWrong => Summary is not null || _errors.Count > 0;

    /// <summary>What to answer with when the form is shown again.</summary>
    public int Status { get; private set; } = StatusCodes.Status200OK;

    /// <summary>The text of a field as it was sent; empty where it was not.</summary>
    public string this[string name] => _values.GetValueOrDefault(name, "");

    /// <summary>The same without blanks around it, for everything but passwords.</summary>
    public string Trimmed(string name) => this[name].Trim();

    /// <summary>Whether a switch was on.</summary>
    public bool On(string name) => this[name].Length > 0;

    /// <summary>What was ticked of several under one name.</summary>
    public IReadOnlyList<string> Several(string name) =>
        this[name].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public bool Has(string name) => _values.ContainsKey(name);

    public FormState With(string name, string value)
    {
        _values[name] = value;
        return this;
    }

    /// <summary>Says what is wrong with a field.</summary>
    public FormState Wrong(string field, string message, int status = StatusCodes.Status422UnprocessableEntity)
    {
        _errors.TryAdd(field, message);
        Status = status;
        return this;
    }

    /// <summary>Says what is wrong with the form as a whole.</summary>
    public FormState Wrong(string message, int status = StatusCodes.Status422UnprocessableEntity)
    {
        Summary ??= message;
        Status = status;
        return this;
    }

    /// <summary>
    /// Shows a room's refusal beside the field that its code is about, or over the form where it is about none.
    /// </summary>
    /// <param name="refusal">What the room said.</param>
    /// <param name="fields">Which code belongs to which field.</param>
    public FormState Wrong(Refusal refusal, params ReadOnlySpan<(string Code, string Field)> fields)
    {
        foreach (var (code, field) in fields)
            if (code == refusal.Code) return Wrong(field, Told(refusal), refusal.Status);
        // "email: is no address. Write …" names its field itself, which is enough where the form has it.
        List<string> others = [];
        foreach (var detail in refusal.Details ?? [])
        {
            if (detail.Split(": ", 2) is [var name, { Length: > 0 } text] && _values.ContainsKey(name))
                Wrong(name, Sentence(text));
            else
                others.Add(detail);
        }
        if (others.Count > 0 || _errors.Count == 0) Wrong(Told(refusal with { Details = others }));
        Status = refusal.Status;
        return this;
    }

    private static string Told(Refusal refusal) =>
        refusal.Details is { Count: > 0 } details ? $"{refusal.Message} {string.Join(' ', details)}" : refusal.Message;

    private static string Sentence(string text) =>
        text.StartsWith("is ", StringComparison.Ordinal) || text.StartsWith("has ", StringComparison.Ordinal)
            ? "This " + text
            : char.ToUpperInvariant(text[0]) + text[1..];
}
