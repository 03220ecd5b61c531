using Sluice.Kernel;

namespace Sluice.Platform.Notices;

/// <summary>
/// What people are told: each person's own. Refused with <c>notices.user-only</c> for actors that are no person.
/// </summary>
public interface IInbox
{
    /// <summary>The actor's notices, newest first, those older than <paramref name="after"/>; pages of at most 200.</summary>
    Task<Result<IReadOnlyList<Notice>>> List(
        Actor actor, bool unreadOnly = false, NoticeId? after = null, int limit = 200, CancellationToken ct = default);

    /// <summary>How many the actor has not read; 0 for who is no person.</summary>
    Task<int> Unread(Actor actor, CancellationToken ct = default);

    /// <summary>Marks one as read. Twice is no fault.</summary>
    Task<Result<Done>> Read(NoticeId id, Actor actor, CancellationToken ct = default);

    /// <summary>Marks all as read; returns how many were not.</summary>
    Task<Result<int>> ReadAll(Actor actor, CancellationToken ct = default);
}

/// <summary>Something that one person was told. The last 500 of a person are kept, at most 90 days.</summary>
/// <param name="Organization">Which organization it is about; null: the person itself.</param>
/// <param name="Kind">The type of the event that it comes from, such as <c>member.added</c>.</param>
/// <param name="Title">One line of plain text.</param>
/// <param name="Body">A sentence or two of plain text; may be empty.</param>
/// <param name="Link">A path of the pages; null where there is nothing to look at.</param>
/// <param name="ReadAt">Null until read.</param>
public sealed record Notice(
    NoticeId Id, OrganizationId? Organization, string Kind, string Title, string Body, string? Link, DateTimeOffset CreatedAt,
    DateTimeOffset? ReadAt);
