using System.Globalization;
using Sluice.Gateway;
using Xunit;

namespace Sluice.Unit.Gateway;

public sealed class GatewayErrorTests
{
    [Fact]
    public void Guide_lists_every_error_as_it_is_and_no_other()
    {
        var rows = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "errors.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .ToDictionary(line => line.Split('`')[1], line => line, StringComparer.Ordinal);
        foreach (var error in GatewayError.All)
        {
            Assert.True(rows.Remove(error.Type, out var row), $"docs/errors.md does not list {error.Type}.");
            var expected = string.Create(
                CultureInfo.InvariantCulture, $"| `{error.Type}` | {error.Status} | {error.RpcCode} | {error.Message} | ");
            Assert.StartsWith(expected, row, StringComparison.Ordinal);
            Assert.True(row!.Length > expected.Length + 10, $"docs/errors.md does not say what to do about {error.Type}.");
        }
        Assert.Empty(rows.Keys);
    }

    [Fact]
    public void Types_are_unique_and_statuses_are_errors()
    {
        var all = GatewayError.All.ToArray();
        Assert.True(all.Length > 40);
        Assert.Equal(all.Length, all.DistinctBy(error => error.Type).Count());
        Assert.All(all, error => Assert.InRange(error.Status, 400, 504));
        Assert.All(all, error => Assert.InRange(error.RpcCode, -32768, -32000));
    }
}
