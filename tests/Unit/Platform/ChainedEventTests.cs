using FsCheck;
using FsCheck.Fluent;
using Sluice.Platform.Audit;
using Sluice.Platform.Audit.Inside;
using Xunit;

namespace Sluice.Unit.Platform;

public sealed class ChainedEventTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Start = System.Security.Cryptography.SHA256.HashData([]);

    // Short texts of few letters, so that moving a letter from one to the next makes another event of the same letters.
    private static readonly Gen<string?> Texts = Gen.OneOf(
        Gen.Constant<string?>(null), Gen.Elements("a", "b", "\0", "é").ListOf().Select(parts => (string?)string.Concat(parts)));

    private static readonly Gen<ChainedEvent> Events =
        from texts in Gen.ArrayOf(Texts, 8)
        from form in Gen.Elements<short>(1, 2)
        select new ChainedEvent(
            1, Noon, "User", texts[0] ?? "", null, texts[1] ?? "", texts[2] ?? "", null, texts[3], texts[4])
        {
            Form = form,
            // Form 1 knows no origin.
            RequestId = form == 1 ? null : texts[5],
            IpPrefix = form == 1 ? null : texts[6],
            Agent = form == 1 ? null : texts[7],
        };

    [Fact]
    public void Two_different_events_have_two_hashes() => Law.Holds(3000, Prop.ForAll(
        Gen.Zip(Events, Events).ToArbitrary(),
        pair => (pair.Item1 == pair.Item2) == pair.Item1.Hash(Start).AsSpan().SequenceEqual(pair.Item2.Hash(Start))));

    [Fact]
    public void A_chain_holds_until_one_event_of_it_is_changed_left_out_or_exchanged() => Law.Holds(500, Prop.ForAll(
        Gen.Zip(Events.NonEmptyListOf(), Gen.Choose(0, 1_000_000)).ToArbitrary(),
        shown =>
        {
            var events = shown.Item1.Select((one, i) => one with { Number = i + 1 }).ToList();
            var (chain, head) = Chain(events);
            var at = shown.Item2 % chain.Count;
            var touched = chain.ToList();
            touched[at] = touched[at] with { Event = touched[at].Event with { Subject = touched[at].Event.Subject + "!" } };
            var cut = chain.Where((_, i) => i != at).ToList();
            return Walk(chain, head).BrokenAt is null
                && Walk(touched, head).BrokenAt == at + 1
                && Walk(cut, head).BrokenAt == at + 1;
        }));

    [Fact]
    public void A_witness_of_another_past_is_believed()
    {
        var (chain, head) = Chain([.. Enumerable.Range(1, 5).Select(Numbered)]);
        var third = Convert.ToHexStringLower(chain[2].Hash);
        Assert.Null(Walk(chain, head, new Witness(3, third)).BrokenAt);
        Assert.Equal(3, Walk(chain, head, new Witness(3, new string('0', 64))).BrokenAt);
        Assert.Equal(6, Walk(chain, head, new Witness(6, third)).BrokenAt);
    }

    [Fact]
    public void An_event_of_the_first_form_with_an_origin_that_it_does_not_prove_is_named()
    {
        var (chain, head) = Chain([Numbered(1) with { Form = 1 }, Numbered(2)]);
        Assert.Null(Walk(chain, head).BrokenAt);
        foreach (var forged in new[]
        {
            chain[0].Event with { IpPrefix = "203.0.113.0/24" }, chain[0].Event with { Agent = "curl" },
            chain[0].Event with { RequestId = "r" }, chain[0].Event with { Form = 3 },
        }) Assert.Equal(1, Walk([chain[0] with { Event = forged }, chain[1]], head).BrokenAt);
    }

    private static ChainedEvent Numbered(int number) => new(number, Noon, "User", "usr", null, "a.b.c", "x", null, null, null);

    private static (List<Link> Chain, byte[] Head) Chain(IReadOnlyList<ChainedEvent> events)
    {
        List<Link> chain = [];
        var previous = Start;
        foreach (var one in events)
        {
            var hash = one.Hash(previous);
            chain.Add(new Link(one, previous, hash));
            previous = hash;
        }
        return (chain, previous);
    }

    private static AuditProof Walk(List<Link> chain, byte[] head, Witness? witness = null)
    {
        var walk = new TrailProof.Walk([], _ => true, witness);
        var total = chain.Count == 0 ? 0 : chain[^1].Event.Number;
        foreach (var link in chain)
            if (walk.Next(link.Event, link.Previous, link.Hash) is { } broken) return broken;
        return walk.End(total, head);
    }

    private sealed record Link(ChainedEvent Event, byte[] Previous, byte[] Hash);
}
