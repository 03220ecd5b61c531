using Microsoft.AspNetCore.Http;
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
        var query = new QueryText(new QueryCollection(new() { ["search"] = value }));
        Assert.Equal(value, query.Text("search"));
        Assert.Equal(fault, query.Refusal()?.Details?.Single());
    }
}
