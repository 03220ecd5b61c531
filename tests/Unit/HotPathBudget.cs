using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sluice.Gateway;
using Sluice.Gateway.Kept;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Upstreams;
using Sluice.Gateway.Usage;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Unit;

/// <summary>
/// What the data plane allocates for one keyed call with every feature on: rules, limits, quota, price, journal. The
/// server's own part is left out by a context that is used again and again; the upstream answers in place.
/// </summary>
[Collection(nameof(Alone))]
public sealed class HotPathBudget : IDisposable
{
    private const int Calls = 20_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("budget").FullName;

    [Fact]
    public async Task Keyed_call_stays_within_its_budget_of_bytes()
    {
        await using var services = Services();
        var pipeline = services.GetRequiredService<Pipeline>();
        var context = new ReusedContext("Bearer " + Configure(services));
        for (var i = 0; i < 2_000; i++) await pipeline.Run(context.Begin());
        Assert.Equal(200, context.Status);
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":"0x1"}""", context.Answer);

        Assert.InRange(await BytesPerCall(pipeline, context, "relayed"), 0, Budget("hotPath", "keyedCallBytesMax"));
    }

    [Theory]
    [InlineData(3_600_000, "recalledCallBytesMax"), InlineData(1, "keyedCallBytesMax")]
    public async Task Call_with_a_cache_rule_stays_within_its_budget_of_bytes_when_it_hits_and_when_it_misses(int keepMs, string budget)
    {
#if DEBUG
        Assert.Skip("State machines are objects in a debug build; the budget holds for what is shipped: run with -c Release.");
#endif
        var time = new EachCallLater();
        await using var services = Services(time);
        var pipeline = services.GetRequiredService<Pipeline>();
        var context = new ReusedContext("Bearer " + Configure(services, keepMs));
        for (var i = 0; i < 2_000; i++) await pipeline.Run(context.Begin());
        Assert.Equal("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\"}", context.Answer);
        var counts = services.GetRequiredService<AnswerStore>().Counts;
        Assert.Equal(keepMs > 1 ? (1_999, 1L) : (0, 2_000L), (counts.Hits, counts.Misses));

        Assert.InRange(await BytesPerCall(pipeline, context, keepMs > 1 ? "hit" : "miss"), 0, Budget("hotPath", budget));
    }

    // The upstream answers in place, so a call stays on one thread and other tests do not count.
    private static async Task<long> BytesPerCall(Pipeline pipeline, ReusedContext context, string name)
    {
        var (thread, before) = (Environment.CurrentManagedThreadId, GC.GetAllocatedBytesForCurrentThread());
        for (var i = 0; i < Calls; i++) await pipeline.Run(context.Begin());
        var bytesPerCall = (GC.GetAllocatedBytesForCurrentThread() - before) / Calls;
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        TestContext.Current.TestOutputHelper!.WriteLine($"{name}: {bytesPerCall} bytes a call");
        return bytesPerCall;
    }

    [Fact]
    public void Append_to_the_journal_allocates_nothing()
    {
        using var services = Services();
        var journal = services.GetRequiredService<UsageJournal>();
        var record = new Sluice.Kernel.Journal.JournalRecord { Kind = Sluice.Kernel.Journal.RecordKind.Usage };
        Assert.Equal(Budget("journal", "appendBytesMax"), Allocated.Least(5_000, () => journal.TryAppend(record)));
    }

    private ServiceProvider Services(TimeProvider? time = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<Microsoft.Extensions.Configuration.IConfiguration>(
            new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build());
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddSingleton<IHostApplicationLifetime, Endless>();
        services.AddSingleton<IAllowanceSource, Plenty>();
        services.AddSingleton<IKeySource, NoChanges>();
        services.AddGateway();
        services.Configure<JournalOptions>(options => options.Directory = _directory);
        return services.BuildServiceProvider();
    }

    private static string Configure(IServiceProvider services, int keepMs = 0)
    {
        var state = services.GetRequiredService<GatewayState>();
        var limits = new LimitSettings(1_000_000_000, 1_000_000_000_000, 1_000_000_000_000, 1_000_000_000_000);
        var rules = new AppRuleLists(["eth"], ["eth_*"], [], [], [], []);
        var (app, key) = (Guid.CreateVersion7(), KeyText.New(KeyTextKind.Secret));
        state.Callers.SetPlans(_ => new PlanConfig(["*"], limits));
        state.Callers.Apply(new AppConfig(app, Guid.CreateVersion7(), rules, limits));
        state.Callers.Apply(new KeyConfig(
            Guid.CreateVersion7(), app, false, SHA256.HashData(Encoding.ASCII.GetBytes(key)), limits, null, Revoked: false));
        var upstream = new UpstreamConfig("node", new Uri("http://127.0.0.1:1/"), new Uri("ws://127.0.0.1:1/"), []);
        state.Swap([new ServiceConfig
        {
            Name = "eth", MethodUnits = new Dictionary<string, long> { ["eth_chainId"] = 5 }, Upstreams = [upstream],
            KeepMs = new Dictionary<string, int> { ["eth_chainId"] = keepMs },
        }]);
        state.Snapshot.Find("eth")!.Upstreams[0] = new Upstream(upstream, 1, new InPlace())
        {
            Forwarding = new(() => throw new NotSupportedException("Nothing is forwarded here.")),
        };
        return key;
    }

    private static long Budget(string section, string name)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root(), "bench", "budgets.json")));
        return file.RootElement.GetProperty(section).GetProperty(name).GetInt64();
    }

    private static string Root([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "..");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private sealed class InPlace : IUpstreamTransport
    {
        public ValueTask Send(ReadOnlyMemory<byte> body, UpstreamAnswer answer, int timeoutMs, long bodyBytesMax)
        {
            answer.Clear();
            answer.Status = 200;
            answer.Body.Append("""{"jsonrpc":"2.0","id":1,"result":"0x1"}"""u8);
            return ValueTask.CompletedTask;
        }

        public void Dispose()
        {
        }
    }

    /// <summary>A millisecond goes by whenever somebody looks, so that what is kept for one is too old for the next.</summary>
    private sealed class EachCallLater : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => ++_ticks;
    }

    private sealed class Plenty : IAllowanceSource
    {
        public Task<AllowanceGrant> Lease(AllowanceQuota quota, long limit, long least, long wanted, CancellationToken ct) =>
            Task.FromResult(new AllowanceGrant(10_000_000, limit, 0));

        public Task Return(AllowanceQuota quota, long units, CancellationToken ct) => Task.CompletedTask;
    }

    private sealed class Endless : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;
        public CancellationToken ApplicationStopping => CancellationToken.None;
        public CancellationToken ApplicationStopped => CancellationToken.None;
        public void StopApplication()
        {
        }
    }

    private sealed class NoChanges : IKeySource
    {
        public Task CatchUp(CancellationToken ct) => Task.CompletedTask;
    }

    /// <summary>One context, as the server reuses its own, with a body to read and a buffer to answer into.</summary>
    private sealed class ReusedContext : IHttpResponseBodyFeature, IRequestBodyPipeFeature
    {
        private static readonly byte[] Body = """{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}"""u8.ToArray();

        private readonly DefaultHttpContext _http = new();
        private readonly Sink _sink = new();
        private readonly Source _source = new(Body);

        public ReusedContext(string authorization)
        {
            _http.Features.Set<IHttpResponseBodyFeature>(this);
            _http.Features.Set<IRequestBodyPipeFeature>(this);
            _http.Features.Get<IHttpRequestFeature>()!.RawTarget = "/v1/eth";
            _http.Request.Method = "POST";
            _http.Request.Path = "/v1/eth";
            _http.Request.Host = new HostString("localhost:4000");
            _http.Request.Headers.Authorization = authorization;
            _http.Request.ContentLength = Body.Length;
        }

        public int Status => _http.Response.StatusCode;
        public string Answer => Encoding.UTF8.GetString(_sink.Written.WrittenSpan);
        public Stream Stream => Stream.Null;
        public PipeWriter Writer => _sink;
        public PipeReader Reader => _source;

        public DefaultHttpContext Begin()
        {
            _http.Response.Headers.Clear();
            _sink.Written.ResetWrittenCount();
            return _http;
        }

        public Task CompleteAsync() => Task.CompletedTask;
        public void DisableBuffering()
        {
        }

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }

    private sealed class Sink : PipeWriter
    {
        public ArrayBufferWriter<byte> Written { get; } = new(4096);
        public override void Advance(int bytes) => Written.Advance(bytes);
        public override Memory<byte> GetMemory(int sizeHint = 0) => Written.GetMemory(sizeHint);
        public override Span<byte> GetSpan(int sizeHint = 0) => Written.GetSpan(sizeHint);
        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;
    }

    private sealed class Source(byte[] body) : PipeReader
    {
        public override void AdvanceTo(SequencePosition consumed)
        {
        }

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
        }

        public override void CancelPendingRead()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            new(new ReadResult(new ReadOnlySequence<byte>(body), isCanceled: false, isCompleted: true));

        public override bool TryRead(out ReadResult result)
        {
            result = new ReadResult(new ReadOnlySequence<byte>(body), isCanceled: false, isCompleted: true);
            return true;
        }
    }
}

/// <summary>For tests that count what the whole process does: nothing else may run beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
