using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Sluice.Platform;
using Xunit;

namespace Sluice.Unit.Platform;

public sealed class QueryTextTests
{
    [Theory]
    [InlineData("abc", null)]
    [InlineData("a\0c", "search holds a character that no text has (U+0000).")]
    public void Text_that_no_database_takes_is_a_fault(string value, string? fault)
    {
        Dictionary<string, StringValues> given = new(StringComparer.Ordinal) { ["search"] = value };
        var query = new QueryText(new QueryCollection(given));
        Assert.Equal(value, query.Text("search"));
        Assert.Equal(fault, query.Refusal()?.Details?.Single());
    }
}
