namespace Sluice.Host.Portal.Docs.Reference;

/// <summary>The operations of one subject, on one page.</summary>
/// <param name="Name">Its name in addresses.</param>
/// <param name="Title">What it is about.</param>
public sealed record ReferenceRoom(string Name, string Title, IReadOnlyList<ReferenceOperation> Operations);

/// <param name="Id">Its name in the description, and its anchor.</param>
/// <param name="Permissions">Any one of these.</param>
/// <param name="IsFresh">Whether a person must have proved who it is of late.</param>
/// <param name="OpenBecause">Why it is open to everybody; null where it is not.</param>
/// <param name="Parameters">Of the address, the query and the headers.</param>
/// <param name="Body">Null where it takes none.</param>
/// <param name="Curl">The call as a command.</param>
/// <param name="Verb">What the command line calls it; null where it cannot.</param>
public sealed record ReferenceOperation(
    string Id, string Method, string Path, string Summary, IReadOnlyList<string> Permissions, bool IsFresh, string? OpenBecause,
    IReadOnlyList<ReferenceField> Parameters, ReferenceShape? Body, IReadOnlyList<ReferenceAnswer> Answers,
    IReadOnlyList<ReferenceProblem> Problems, string Curl, string? Verb);

/// <param name="Name">With the names that it stands below, as in <c>limits.cap</c> and <c>data[].id</c>.</param>
/// <param name="Type">In words.</param>
/// <param name="Note">Required, query, header …; empty where there is nothing to say.</param>
public sealed record ReferenceField(string Name, string Type, string Note, string Text);

/// <param name="IsOptional">Whether all of it may be left out.</param>
/// <param name="Example">JSON by lines; null where there is none.</param>
public sealed record ReferenceShape(IReadOnlyList<ReferenceField> Fields, bool IsOptional, string? Example);

/// <param name="Media">What it is written in; null where it is empty.</param>
public sealed record ReferenceAnswer(string Status, string? Media, ReferenceShape? Shape);

/// <param name="Status">Empty where the documentation tells none.</param>
public sealed record ReferenceProblem(string Code, string Status, string Text);
