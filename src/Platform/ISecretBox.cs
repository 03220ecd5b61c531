namespace Sluice.Platform;

/// <summary>
/// Encrypts small secrets at rest. <c>context</c> names the place that a value belongs to; a sealed value that was
/// moved to another place does not open.
/// </summary>
public interface ISecretBox
{
    /// <summary>A printable text that only <see cref="TryOpen"/> with the same context turns back.</summary>
    string Seal(string plain, string context);

    /// <summary>False when the key is unknown, the context differs or the text was altered.</summary>
    bool TryOpen(string box, string context, out string plain);
}
