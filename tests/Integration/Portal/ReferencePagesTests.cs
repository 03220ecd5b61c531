using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace Sluice.Integration.Portal;

/// <summary>The reference of the API against the description that it is made of.</summary>
[Collection(PortalCollection.Name)]
public sealed class ReferencePagesTests(PortalSite site)
{
    private const int BytesMax = 150_000;

    [Theory]
    [InlineData("/docs/api", "docs-api")]
    [InlineData("/docs/api/keys", "docs-api-keys")]
    [InlineData("/docs/api/organizations", null)]
    [InlineData("/docs/api/notices", null)]
    public async Task Page_holds_what_every_page_must_hold(string path, string? picture)
    {
        await using var window = await site.Window();
        await new PageExamination(site, window).Examine(path, picture, htmlBytesMax: BytesMax);
    }

    [Fact]
    public async Task Every_operation_of_the_description_is_told_whole_on_one_page()
    {
        using var http = new HttpClient { BaseAddress = site.Url };
        var document = JsonNode.Parse(await http.GetStringAsync(new Uri("/openapi.json", UriKind.Relative)))!;
        var index = await http.GetStringAsync(new Uri("/docs/api", UriKind.Relative));
        Dictionary<string, string> pages = new(StringComparer.Ordinal);
        List<string> faults = [];
        foreach (var (path, verbs) in document["paths"]!.AsObject())
        {
            foreach (var (verb, operation) in verbs!.AsObject())
            {
                var room = operation!["tags"]![0]!.ToString();
                if (!pages.TryGetValue(room, out var page))
                {
                    var address = $"/docs/api/{room.ToLowerInvariant().Replace(' ', '-')}";
                    Assert.Contains($"href=\"{address}\"", index, StringComparison.Ordinal);
                    pages[room] = page = await http.GetStringAsync(new Uri(address, UriKind.Relative));
                }
                var begin = page.IndexOf($"<h2 id=\"{operation["operationId"]}\">", StringComparison.Ordinal);
                if (begin < 0)
                {
                    faults.Add($"{verb} {path} is not there");
                    continue;
                }
                var end = page.IndexOf("</section>", begin, StringComparison.Ordinal);
                var text = WebUtility.HtmlDecode(page[begin..end]);
                string[] told =
                [
                    operation["summary"]!.ToString(), path, verb.ToUpperInvariant(),
                    .. (operation["parameters"] as JsonArray ?? []).Select(one => one!["name"]!.ToString()),
                    .. (operation["x-permissions"] as JsonArray ?? []).Select(one => one!.ToString()),
                    .. operation["x-problems"]!.AsArray().Select(one => one!.ToString()),
                ];
                faults.AddRange(told.Where(one => !text.Contains(one, StringComparison.Ordinal)).Select(one => $"{verb} {path}: {one}"));
                // A code of a problem without what it means is nobody's help.
                if (text.Contains("</code></td><td></td>", StringComparison.Ordinal) && operation["x-problems"]!.AsArray().Count > 0
                    && text[text.IndexOf(">Problems<", StringComparison.Ordinal)..].Contains("</code></td><td></td>", StringComparison.Ordinal))
                    faults.Add($"{verb} {path}: a problem without meaning");
            }
        }
        Assert.Empty(faults);
        Assert.All(pages, page => Assert.True(page.Value.Length < BytesMax, $"{page.Key}: {page.Value.Length} bytes"));
    }

    [Fact]
    public async Task Unknown_subject_is_not_there_and_the_text_of_the_conventions_still_is()
    {
        using var http = new HttpClient { BaseAddress = site.Url };
        using var nowhere = await http.GetAsync(new Uri("/docs/api/nothing", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
        Assert.StartsWith("# API", await http.GetStringAsync(new Uri("/docs/api.md", UriKind.Relative)), StringComparison.Ordinal);
    }
}
