namespace Sluice.Host.Portal.Kit;

/// <summary>One page of a table: one row more than is shown is asked for, and tells that there is a next page.</summary>
internal static class Paged
{
    /// <summary>Rows on a page; so many that the page stays small enough to be there at once.</summary>
    public const int Size = 30;

    /// <summary>Rows to ask for.</summary>
    public const int Asked = Size + 1;

    /// <summary>The rows that are shown, of those asked for.</summary>
    public static List<T> Shown<T>(IReadOnlyList<T> rows) => [.. rows.Take(Size)];
}
