using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Host.Observability;
using Xunit;

namespace Sluice.Unit.Host;

public sealed class TextLinesTests
{
    [Fact]
    public void Line_tells_time_level_category_and_event()
    {
        var line = Write("said", null);
        Assert.Equal("06:07:08Z warn: Sluice.Tests[7] said\n", line);
    }

    [Theory]
    [InlineData("a\nb", @"a\nb")]
    [InlineData("a\r12:00:00 info: forged", @"a\u000d12:00:00 info: forged")]
    [InlineData("a\e[2Kb", @"a\u001b[2Kb")]
    [InlineData("a\u2028b", @"a\u2028b")]
    [InlineData("ä \"quoted\"", "ä \"quoted\"")]
    public void Event_is_one_line_whatever_it_holds(string text, string expected) =>
        Assert.EndsWith($"] {expected}\n", Write(text, null), StringComparison.Ordinal);

    [Fact]
    public void Exception_stays_on_the_line_of_its_event()
    {
        var line = Write("failed", new InvalidOperationException("one\ntwo", new FormatException("three")));
        Assert.Equal(1, line.Count(c => c == '\n'));
        Assert.Contains(@"one\ntwo", line, StringComparison.Ordinal);
        Assert.Contains("three", line, StringComparison.Ordinal);
    }

    private static string Write(string text, Exception? fault)
    {
        using var into = new StringWriter { NewLine = "\n" };
        var entry = new LogEntry<string>(LogLevel.Warning, "Sluice.Tests", new EventId(7), text, fault, (state, _) => state);
        new TextLines(new StandingTime(), isTerminal: false).Write(entry, null, into);
        return into.ToString();
    }

    private sealed class StandingTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 8, 7, 8, TimeSpan.FromHours(2));
    }
}
