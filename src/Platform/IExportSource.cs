using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>
/// What a room gives when an organization, or a person, takes its data along. Every room that keeps something of theirs
/// registers one; Tenants asks them all and packs the archive.
/// </summary>
public interface IExportSource
{
    /// <summary>The files, each read only once it is packed. No secret is in them, and nothing of anybody else.</summary>
    IEnumerable<ExportFile> FilesOf(ExportOf whose);
}

/// <summary>Whose data: an organization's, or a person's own.</summary>
public readonly record struct ExportOf(OrganizationId? Organization, UserId? User);

/// <param name="Name">A file name in lower case, without its ending: <c>members</c>.</param>
/// <param name="About">What is in it: a sentence.</param>
/// <param name="Rows">Each becomes a line of JSON, in the shape that the API has for it.</param>
public sealed record ExportFile(string Name, string About, IAsyncEnumerable<object> Rows);

/// <summary>Rows of files, from what doors answer.</summary>
internal static class ExportRows
{
    /// <summary>All pages of a list that is read by its last row.</summary>
    public static async IAsyncEnumerable<T> Paged<T>(Func<T?, Task<IReadOnlyList<T>>> next) where T : class
    {
        for (T? last = null; ;)
        {
            var page = await next(last);
            foreach (var one in page) yield return one;
            if (page.Count == 0) yield break;
            last = page[^1];
        }
    }

    /// <summary>The rows of a list that is read at once.</summary>
    public static async IAsyncEnumerable<T> Whole<T>(Func<Task<IReadOnlyList<T>>> read) where T : class
    {
        foreach (var one in await read()) yield return one;
    }

    /// <summary>One row, where there is one.</summary>
    public static async IAsyncEnumerable<T> One<T>(Func<Task<T?>> read) where T : class
    {
        if (await read() is { } one) yield return one;
    }

    /// <summary>What was asked as the system itself, which nothing refuses.</summary>
    public static IReadOnlyList<T> Granted<T>(this Result<IReadOnlyList<T>> result) => result.Ok
        ? result.Value
        : throw new InvalidOperationException($"What is exported was refused: {result.Refusal.Code}.");
}
