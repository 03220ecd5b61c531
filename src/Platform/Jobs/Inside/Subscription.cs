using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sluice.Kernel;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>One subscriber of one kind of fact, with the typed call behind it.</summary>
internal sealed record Subscription(
    string Name, string Fact, Func<IServiceProvider, string, UnitOfWork, CancellationToken, Task> Handle)
{
    public static Subscription Of<TFact, TSubscriber>(string name)
        where TFact : class where TSubscriber : class, ISubscriber<TFact> => new(
        name,
        FactName(typeof(TFact)),
        (services, body, work, ct) =>
        {
            var fact = JsonSerializer.Deserialize<TFact>(body, Http.Json)
                ?? throw new JsonException($"The body of a {FactName(typeof(TFact))} is null.");
            return services.GetRequiredService<TSubscriber>().Handle(fact, work, ct);
        });

    /// <summary>Room and name of a fact: what stands in the outbox survives a rename of the assembly.</summary>
    public static string FactName(Type fact) => fact.FullName ?? fact.Name;
}

/// <summary>All subscriptions of this process.</summary>
internal sealed class Subscriptions
{
    private readonly FrozenDictionary<string, Subscription> _byName;
    private readonly ILookup<string, Subscription> _byFact;

    public Subscriptions(IEnumerable<Subscription> all)
    {
        var list = all.ToList();
        // A name used twice would deliver one subscriber's facts to the other.
        _byName = list.ToFrozenDictionary(s => s.Name, StringComparer.Ordinal);
        _byFact = list.ToLookup(s => s.Fact, StringComparer.Ordinal);
    }

    public IEnumerable<Subscription> To(string fact) => _byFact[fact];

    public Subscription? Find(string name) => _byName.GetValueOrDefault(name);
}
