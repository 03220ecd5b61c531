using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Gateway;
using Sluice.Gateway.Kept;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Upstreams;
using Xunit;
using Outcome = Sluice.Kernel.Journal.Outcome;

namespace Sluice.Unit.Gateway.Kept;

/// <summary>Whatever is asked and answered in whatever order: bounds hold, and nobody gets another question's answer.</summary>
public sealed class AnswerStoreProperties
{
    private const int BytesMax = 16 * 1024;
    private const int AnswerBytesMax = 2048;
    private static readonly Method[] Methods =
        [new("a", 1, 1, true, 100), new("b", 2, 1, true, 100), new("b", 1, 1, false, 100)];

    [Fact]
    public void Random_questions_never_exceed_the_bytes_and_never_get_anothers_answer() => Law.Holds(
        200, Prop.ForAll(Gen.ArrayOf(Gen.Choose(0, int.MaxValue)).Resize(400).ToArbitrary(), Hold));

    [Fact]
    public async Task Threads_never_exceed_the_bytes_and_never_get_anothers_answer()
    {
        var store = new AnswerStore(
            new GatewayOptions { RecallBytesMax = BytesMax, RecallAnswerBytesMax = AnswerBytesMax }, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(async () =>
        {
            var random = new Random(thread);
            for (var i = 0; i < 4_000; i++)
            {
                var (generation, method, parameters) = Question(random.Next());
                var (kept, follows, leads) = store.Find(generation, method, parameters, 1_000);
                if (kept is not null) AssertAnswers(kept, generation, method, parameters);
                if (follows is not null)
                {
                    await follows.Over.WaitAsync(TimeSpan.FromSeconds(20));
                    store.Followed(follows, follows.IsThere);
                    if (follows.IsThere) AssertAnswers(follows, generation, method, parameters);
                }
                if (leads is not null)
                {
                    if (random.Next(4) == 0) await Task.Yield();
                    End(store, leads, random.Next(), Answer(generation, method, parameters, random.Next(AnswerBytesMax - 200)));
                }
                Assert.InRange(store.Counts.Bytes, 0, BytesMax);
            }
        })));
        Assert.Equal((16_000, 0L), (store.Counts.Hits + store.Counts.Joined + store.Counts.Misses, store.Counts.Waiting));
    }

    private static void Hold(int[] choices)
    {
        var time = new SteppedTime();
        var store = new AnswerStore(
            new GatewayOptions { RecallBytesMax = BytesMax, RecallAnswerBytesMax = AnswerBytesMax }, time);
        var open = new List<(KeptAnswer Led, long Generation, Method Method, byte[] Parameters)>();
        foreach (var choice in choices)
        {
            if (choice % 5 == 0 && open.Count > 0)
            {
                var (led, g, m, p) = open[choice % open.Count];
                open.Remove((led, g, m, p));
                End(store, led, choice / 7, Answer(g, m, p, choice % (AnswerBytesMax - 200)));
            }
            else
            {
                if (choice % 11 == 0) time.Pass(choice % 150);
                if (choice % 23 == 0) store.Sweep();
                var (generation, method, parameters) = Question(choice / 3);
                var (kept, _, leads) = store.Find(generation, method, parameters, 50);
                if (kept is not null) AssertAnswers(kept, generation, method, parameters);
                if (leads is not null) open.Add((leads, generation, method, parameters));
            }
            Assert.InRange(store.Counts.Bytes, 0, BytesMax);
            Assert.InRange(store.Counts.Answers, 0, BytesMax / KeptAnswer.OverheadBytes);
        }
        foreach (var (led, _, _, _) in open) store.Fail(led);
        time.Pass(1_000);
        for (var i = 0; i < 4; i++) store.Sweep();
        Assert.Equal((0L, 0L), (store.Counts.Bytes, store.Counts.Answers));
    }

    private static void End(AnswerStore store, KeptAnswer led, int how, byte[] answer)
    {
        if (how % 3 == 0) store.Fail(led);
        else if (how % 3 == 1) store.Share(led, answer, 0..0, Outcome.Answered, 0);
        else store.Keep(led, answer, 0..0, 1 + (how % 200));
    }

    private static (long Generation, Method Method, byte[] Parameters) Question(int choice) =>
        (choice % 2, Methods[choice % 3], Encoding.ASCII.GetBytes(new string('p', choice % 37)));

    private static byte[] Answer(long generation, Method method, byte[] parameters, int padding) =>
        Encoding.ASCII.GetBytes($"{generation} {method.Name} {parameters.Length};{new string('.', padding)}");

    private static void AssertAnswers(KeptAnswer found, long generation, Method method, byte[] parameters)
    {
        var body = new ByteBuffer();
        found.WriteTo(body, default);
        Assert.StartsWith($"{generation} {method.Name} {parameters.Length};", Encoding.ASCII.GetString(body.Span), StringComparison.Ordinal);
    }
}
