using Microsoft.Extensions.Logging;
using Sluice.Kernel;
using Sluice.Platform;
using Xunit;

namespace Sluice.Unit.Platform;

public sealed class SecurityLogTests
{
    private static readonly Refusal Refused = new("auth.sign-in-refused", "No.", 401);

    [Fact]
    public void Flood_writes_so_many_lines_a_second_and_then_how_many_more_there_were()
    {
        var lines = new Lines();
        var time = new SetTime();
        var log = new SecurityLog(time, lines);
        for (var i = 0; i < SecurityLog.LinesPerSecondMax + 30; i++) log.NotSignedIn("password", Refused, null);
        Assert.Equal(SecurityLog.LinesPerSecondMax, lines.Said.Count);
        time.Now += TimeSpan.FromSeconds(1);
        log.NotSignedIn("password", Refused, null);
        Assert.Equal("30 more refusals than are written in a second", lines.Said[^2]);
        Assert.StartsWith("Not signed in by password", lines.Said[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Sign_in_that_has_to_wait_is_told_by_what_counts_it()
    {
        var lines = new Lines();
        new SecurityLog(new SetTime(), lines).NotSignedIn("password", new Refusal("auth.too-many", "Later.", 429), null);
        Assert.Empty(lines.Said);
    }

    private sealed class SetTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddDays(20_000);

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class Lines : ILogger<SecurityLog>
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Add(formatter(state, exception));
    }
}
