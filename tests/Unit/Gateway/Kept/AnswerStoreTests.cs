using System.Text;
using Sluice.Gateway;
using Sluice.Gateway.Kept;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Upstreams;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Unit.Gateway.Kept;

public sealed class AnswerStoreTests
{
    private static readonly Method Call = new("eth_call", 1, 1, listed: true, keepMs: 1000);

    private readonly SteppedTime _time = new();

    [Theory]
    [InlineData("1"), InlineData("\"a\""), InlineData("null"), InlineData("1.50"), InlineData("-0"), InlineData("1e400"),
        InlineData("123456789012345678901234567890"), InlineData("\"\\u0041\\\"\""), InlineData("\"\"")]
    public void Kept_answer_gets_the_askers_id_byte_for_byte_and_nothing_else_changes(string id)
    {
        var store = Store();
        const string answer = """{ "result": {"id": 7, "n": 1.0e3, "big": 123456789012345678901} , "id" : 42 ,"jsonrpc":"2.0"}""";
        var at = answer.IndexOf("42", StringComparison.Ordinal);
        var leads = store.Find(1, Call, "[1]"u8, 100).Leads;
        store.Keep(leads!, Encoding.UTF8.GetBytes(answer), at..(at + 2), 1000);

        Assert.Equal(answer.Replace("42", id, StringComparison.Ordinal), Read(store.Find(1, Call, "[1]"u8, 100).Kept!, id));
    }

    [Fact]
    public void Answer_is_given_out_until_its_time_is_over_and_not_after()
    {
        var store = Store();
        Keep(store, 1, "[1]", "one", 500);
        _time.Pass(499);
        Assert.Equal("one", Read(store.Find(1, Call, "[1]"u8, 100).Kept!));
        _time.Pass(1);
        var leads = store.Find(1, Call, "[1]"u8, 100).Leads;
        Assert.NotNull(leads);
        Assert.Equal((1, 1L), (store.Counts.Answers, store.Counts.Hits));
    }

    [Theory]
    [InlineData(2, "eth_call", "[1]"), InlineData(1, "eth_calls", "[1]"), InlineData(1, "eth_call", "[ 1]"), InlineData(1, "eth_call", "")]
    public void Another_generation_method_or_params_is_another_question(long generation, string method, string parameters)
    {
        var store = Store();
        Keep(store, 1, "[1]", "one");
        var leads = store.Find(generation, new Method(method, 1, 1, true, 1000), Encoding.UTF8.GetBytes(parameters), 100).Leads;
        Assert.NotNull(leads);
    }

    [Fact]
    public void Store_of_no_bytes_keeps_nothing_and_lets_nobody_lead()
    {
        var store = Store(bytes: 0);
        Assert.Equal(default, store.Find(1, Call, "[1]"u8, 100));
        Assert.Equal(default, store.Counts);
    }

    [Fact]
    public void Answer_that_was_asked_for_outlives_one_that_was_not_when_room_is_needed()
    {
        var store = Store(bytes: 4096, answer: 1024);
        Keep(store, 1, "[0]", new string('x', 500));
        for (var i = 1; i < 40; i++)
        {
            Assert.NotNull(store.Find(1, Call, "[0]"u8, 100).Kept);
            Keep(store, 1, $"[{i}]", new string('x', 500));
        }
        Assert.NotNull(store.Find(1, Call, "[0]"u8, 100).Kept);
        Assert.Null(store.Find(1, Call, "[1]"u8, 100).Kept);
        Assert.InRange(store.Counts.Evicted, 30, 40);
        Assert.InRange(store.Counts.Bytes, 1, 4096);
    }

    [Fact]
    public void What_is_too_old_is_let_go_by_the_sweep_and_what_is_not_stays()
    {
        var store = Store();
        for (var i = 0; i < 100; i++) Keep(store, 1, $"[{i}]", "x", i % 2 == 0 ? 100 : 10_000);
        var leads = store.Find(1, Call, "[\"under way\"]"u8, 100).Leads;
        Assert.NotNull(leads);
        _time.Pass(1_000);
        store.Sweep();
        Assert.Equal(51, store.Counts.Answers);
        store.Fail(leads!);
        Assert.Equal(50, store.Counts.Answers);
        _time.Pass(10_000);
        store.Sweep();
        Assert.Equal((0, 0L), (store.Counts.Answers, store.Counts.Bytes));
        Assert.Equal(0, store.Counts.Evicted);
    }

    [Fact]
    public async Task Followers_get_what_the_leading_call_brought_and_nobody_after_them_when_it_is_only_shared()
    {
        var store = Store();
        var leads = store.Find(1, Call, "[1]"u8, 1000).Leads;
        Assert.NotNull(leads);
        var (_, follows, second) = store.Find(1, Call, "[1]"u8, 1000);
        Assert.Same(leads, follows);
        Assert.Null(second);
        Assert.False(follows!.IsThere);
        store.Share(leads!, "{1}"u8, 1..2, Outcome.CallerError, 3);
        await follows.Over;
        Assert.Equal(("{9}", Outcome.CallerError, 3), (Read(follows, "9"), follows.Outcome, follows.RpcErrorCode));
        Assert.NotNull(store.Find(1, Call, "[1]"u8, 1000).Leads);
    }

    [Fact]
    public async Task Followers_are_let_go_with_nothing_when_the_leading_call_failed()
    {
        var store = Store();
        var leads = store.Find(1, Call, "[1]"u8, 1000).Leads;
        var follows = store.Find(1, Call, "[1]"u8, 1000).Follows!;
        store.Fail(leads!);
        await follows.Over;
        Assert.False(follows.IsThere);
        Assert.Equal((0, 0L), (store.Counts.Answers, store.Counts.Bytes));
    }

    [Fact]
    public async Task A_newcomer_leads_when_the_leading_call_takes_too_long_and_the_late_answer_reaches_its_own_followers()
    {
        var store = Store();
        var slow = store.Find(1, Call, "[1]"u8, 1000).Leads;
        var followsSlow = store.Find(1, Call, "[1]"u8, 1000).Follows!;
        _time.Pass(1000);
        var quick = store.Find(1, Call, "[1]"u8, 1000).Leads;
        Assert.NotNull(quick);
        Assert.NotSame(slow, quick);
        store.Keep(slow!, "slow"u8, 0..0, 1000);
        await followsSlow.Over;
        Assert.Equal("slow", Read(followsSlow));
        // It does not take the place of the answer that is awaited now.
        Assert.Same(quick, store.Find(1, Call, "[1]"u8, 1000).Follows);
        store.Keep(quick!, "quick"u8, 0..0, 1000);
        Assert.Equal("quick", Read(store.Find(1, Call, "[1]"u8, 1000).Kept!));
        Assert.Equal(1, store.Counts.Answers);
    }

    [Fact]
    public async Task Leading_call_that_was_evicted_still_answers_its_followers()
    {
        var store = Store(bytes: 4096, answer: 1024);
        var slow = store.Find(1, Call, "[\"slow\"]"u8, 1000).Leads;
        var follows = store.Find(1, Call, "[\"slow\"]"u8, 1000).Follows!;
        for (var i = 0; i < 50; i++) Keep(store, 1, $"[{i}]", new string('x', 500));
        store.Keep(slow!, "late"u8, 0..0, 1000);
        await follows.Over;
        Assert.Equal("late", Read(follows));
        Assert.InRange(store.Counts.Bytes, 1, 4096);
    }

    private AnswerStore Store(long bytes = 1 << 20, int answer = 4096) =>
        new(new GatewayOptions { RecallBytesMax = bytes, RecallAnswerBytesMax = answer }, _time);

    private static void Keep(AnswerStore store, long generation, string parameters, string answer, int ttlMs = 10_000)
    {
        var leads = store.Find(generation, Call, Encoding.UTF8.GetBytes(parameters), 100).Leads;
        store.Keep(leads!, Encoding.UTF8.GetBytes(answer), 0..0, ttlMs);
    }

    private static string Read(KeptAnswer kept, string id = "")
    {
        var body = new ByteBuffer();
        kept.WriteTo(body, Encoding.UTF8.GetBytes(id));
        return Encoding.UTF8.GetString(body.Span);
    }
}
