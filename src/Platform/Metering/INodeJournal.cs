using Sluice.Kernel;

namespace Sluice.Platform.Metering;

/// <summary>The journal that this process appends to, for the pump beside it. The host tells it.</summary>
public interface INodeJournal
{
    /// <summary>Null until the journal is open, and in a process that has none.</summary>
    NodeJournal? Current { get; }
}

/// <param name="InternalUrl">Where other nodes reach <c>/internal/log</c> of this one; null when they cannot.</param>
public sealed record NodeJournal(JournalId Id, string Directory, string? InternalUrl);
