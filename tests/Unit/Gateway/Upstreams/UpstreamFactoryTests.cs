using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Upstreams;
using Sluice.Gateway.Usage;
using Xunit;

namespace Sluice.Unit.Gateway.Upstreams;

public sealed class UpstreamFactoryTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("upstreams").FullName;
    private readonly UsageJournal _journal;

    public UpstreamFactoryTests() => _journal = UsageJournal.Open(
        new JournalOptions { Directory = _directory, SegmentSlots = 64, FreeDiskBytesMin = 0 }, TimeProvider.System);

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Replaced_upstream_still_carries_the_calls_of_the_last_snapshot(string scheme)
    {
        using var factory = new UpstreamFactory(_journal);
        var service = new ServiceConfig { Name = "eth" };
        // Port 1 is closed everywhere: the answer is a fault, not a bug.
        var before = factory.Get(service, Config(scheme, "a"));
        var after = factory.Get(service, Config(scheme, "b"));
        Assert.NotSame(before, after);
        factory.Keep(new HashSet<Upstream> { after });
        var answer = new UpstreamAnswer();
        await before.Transport.Send("{}"u8.ToArray(), answer, 5_000, 1_000);
        Assert.Equal(TransportFault.Connect, answer.Fault);
    }

    [Fact]
    public void Upstream_is_the_same_as_long_as_its_configuration_is_and_a_service_has_it()
    {
        using var factory = new UpstreamFactory(_journal);
        var service = new ServiceConfig { Name = "eth" };
        var first = factory.Get(service, Config("http", "a"));
        Assert.Same(first, factory.Get(service, Config("http", "a")));
        factory.Keep(new HashSet<Upstream>());
        Assert.NotSame(first, factory.Get(service, Config("http", "a")));
    }

    public void Dispose()
    {
        _journal.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static UpstreamConfig Config(string scheme, string secret) => new(
        "up", new Uri($"{scheme}://127.0.0.1:1"), new Uri("ws://127.0.0.1:1"), [new("X-Key", secret)]);
}
