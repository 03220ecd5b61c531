using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// Data that organizations and people take along: an archive (ZIP) of JSON lines that a job packs of what all rooms keep of them.
/// For whoever may not see one it is not there. People ask for an organization's, and for any archive's content, with a
/// fresh session.
/// </summary>
public interface IExports
{
    /// <summary>
    /// Asks for an export: of an organization (<see cref="Permission.DataExport"/>), or with null of the actor's own account.
    /// Refused while one is being packed (<c>tenants.export-waiting</c>), and beyond the day's number
    /// (<c>tenants.exports-many</c>).
    /// </summary>
    Task<Result<DataExport>> Ask(
        OrganizationId? organization, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>The exports that are kept, newest first: of an organization, or with null the actor's own.</summary>
    Task<Result<IReadOnlyList<DataExport>>> List(OrganizationId? organization, Actor actor, CancellationToken ct = default);

    /// <summary>How an export stands.</summary>
    Task<Result<DataExport>> Find(ExportId id, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// The archive, part by part. Refused with <c>tenants.export-waiting</c> or <c>tenants.export-failed</c> where there is none.
    /// On the trail.
    /// </summary>
    Task<Result<DataArchive>> Open(ExportId id, Actor actor, CancellationToken ct = default);
}

/// <summary>How an export stands.</summary>
public enum DataExportState
{
    /// <summary>It is being packed.</summary>
    Waiting,

    /// <summary>It can be downloaded.</summary>
    Ready,

    /// <summary>It could not be packed.</summary>
    Failed,
}

/// <param name="Id">The one id.</param>
/// <param name="Organization">Whose data; null: the person's own.</param>
/// <param name="State">How it stands.</param>
/// <param name="Why">Why it failed; null otherwise.</param>
/// <param name="Bytes">How large the archive is; null until it is ready.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="ReadyAt">When it was packed.</param>
/// <param name="ExpiresAt">When it is deleted.</param>
public sealed record DataExport(
    ExportId Id, OrganizationId? Organization, DataExportState State, string? Why, long? Bytes, DateTimeOffset CreatedAt,
    DateTimeOffset? ReadyAt, DateTimeOffset ExpiresAt);

/// <param name="Name">A name for the file.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Parts">Its bytes, in order.</param>
public sealed record DataArchive(string Name, long Bytes, IAsyncEnumerable<byte[]> Parts);
