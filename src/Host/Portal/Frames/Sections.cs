namespace Sluice.Host.Portal.Frames;

/// <param name="Label">What it is called.</param>
/// <param name="Href">Its first page.</param>
/// <param name="Icon">Its icon.</param>
/// <param name="Exact">Whether pages under it belong to another section.</param>
internal sealed record Section(string Label, string Href, string Icon, bool Exact = false)
{
    public bool IsAt(string path) => path == Href
        || (!Exact && path.StartsWith(Href + "/", StringComparison.Ordinal));
}

/// <param name="Title">Stands over the group; null over the first.</param>
/// <param name="Sections">In the order of the rail.</param>
internal sealed record SectionGroup(string? Title, IReadOnlyList<Section> Sections);

/// <summary>What the rail offers. A section whose page does not exist yet is not among them.</summary>
internal static class Sections
{
    public static IReadOnlyList<SectionGroup> Of(PageContext _) => [];
}
