using Sluice.Platform;

namespace Sluice.Host.Portal.Docs.Reference;

/// <summary>The reference of the API: what holds for all of it, and a page for each subject.</summary>
internal static class ReferenceRoutes
{
    private const string Conventions = "api";

    public static void MapReference(this RouteGroupBuilder portal)
    {
        var reference = portal.MapGroup("/docs/api").Anonymous("the documentation of this version");
        reference.MapGet("", async (ApiReference reference, DocsBook book) => Pages.Show<ReferenceIndex>(
            (nameof(ReferenceIndex.Page), book.Find(Conventions)), (nameof(ReferenceIndex.Groups), book.Groups),
            (nameof(ReferenceIndex.Rooms), await reference.Rooms)));
        reference.MapGet("/{room}", async (ApiReference reference, DocsBook book, string room) =>
        {
            var rooms = await reference.Rooms;
            return rooms.FirstOrDefault(one => one.Name == room) is { } found
                ? Pages.Show<ReferencePage>(
                    (nameof(ReferencePage.Room), found), (nameof(ReferencePage.Rooms), rooms),
                    (nameof(ReferencePage.Groups), book.Groups))
                : Results.NotFound();
        });
    }
}
