using Sluice.Kernel;
using Sluice.Platform.Catalog;

namespace Sluice.Platform.Keys.Inside;

/// <summary>What Keys says no with. What an actor may not see answers as what is not there.</summary>
internal static class KeyRefusals
{
    public static Refusal NoApp(string id) => Refusal.NotFound("keys.app-unknown", $"There is no app {Faults.Quote(id)}.");

    public static Refusal NoKey(string id) => Refusal.NotFound("keys.key-unknown", $"There is no key {Faults.Quote(id)}.");

    public static Refusal AppsMax(PlanDefinition plan) => Refusal.Conflict(
        "keys.apps-max",
        $"The plan {plan.Title} holds {plan.AppsMax} apps, and all are taken: use one of them, or a larger plan.");

    public static Refusal KeysMax(PlanDefinition plan) => Refusal.Conflict(
        "keys.keys-max",
        $"The plan {plan.Title} holds {plan.KeysMax} keys, and all are taken: revoke one, or use a larger plan.");

    public static Refusal NameTaken(string name) =>
        Refusal.Conflict("keys.name-taken", $"The organization has an app named '{name}' already.");

    public static readonly Refusal NeedsRule = Refusal.Conflict(
        "keys.publishable-rule",
        "A publishable key can be read by anyone, so its app must carry at least one rule: set the app's rules first.");

    public static readonly Refusal KeepsRule = Refusal.Conflict(
        "keys.publishable-rule",
        "The app has publishable keys, which anyone can read: keep at least one rule, or revoke those keys first.");

    public static readonly Refusal Kind = Refusal.Invalid("keys.kind-invalid", "A key is 'secret' or 'publishable'.");

    public static readonly Refusal Expiry =
        Refusal.Invalid("keys.expiry-past", "The key would have expired already: give a later time, or none.");

    public static readonly Refusal Ended = Refusal.Conflict(
        "keys.key-ended", "The key is revoked or expired, so it has no successor: create a new key.");

    public static readonly Refusal Rotated = Refusal.Conflict(
        "keys.key-rotated", "The key was rotated already: rotate its successor, or revoke it.");

    public static readonly Refusal Overlapping = Refusal.Conflict(
        "keys.key-overlap", "The key before this one still works: revoke it or wait for its end before rotating again.");

    public static readonly Refusal Overlap =
        Refusal.Invalid("keys.overlap-invalid", "The overlap is between 0 and 2,592,000 seconds (30 days).");
}
