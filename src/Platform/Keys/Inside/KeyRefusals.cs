using Sluice.Kernel;
using Sluice.Platform.Catalog;

namespace Sluice.Platform.Keys.Inside;

/// <summary>What Keys says no with. What an actor may not see answers as what is not there.</summary>
internal static class KeyRefusals
{
    public static Refusal NoOrganization(string id) =>
        Refusal.NotFound("keys.organization_unknown", $"There is no organization {id}.");

    public static Refusal NoApp(string id) => Refusal.NotFound("keys.app_unknown", $"There is no app {id}.");

    public static Refusal NoKey(string id) => Refusal.NotFound("keys.key_unknown", $"There is no key {id}.");

    public static Refusal AppsMax(PlanDefinition plan) => Refusal.Conflict(
        "keys.apps_max", $"The plan {plan.Title} holds {plan.AppsMax} apps, and all are taken: use one of them, or a larger plan.");

    public static Refusal KeysMax(PlanDefinition plan) => Refusal.Conflict(
        "keys.keys_max", $"The plan {plan.Title} holds {plan.KeysMax} keys, and all are taken: revoke one, or use a larger plan.");

    public static Refusal NameTaken(string name) =>
        Refusal.Conflict("keys.name_taken", $"The organization has an app named '{name}' already.");

    public static readonly Refusal NeedsRule = Refusal.Conflict(
        "keys.publishable_rule",
        "A publishable key can be read by anyone, so its app must carry at least one rule: set the app's rules first.");

    public static readonly Refusal KeepsRule = Refusal.Conflict(
        "keys.publishable_rule",
        "The app has publishable keys, which anyone can read: keep at least one rule, or revoke those keys first.");

    public static readonly Refusal Kind = Refusal.Invalid("keys.kind", "A key is 'secret' or 'publishable'.");

    public static readonly Refusal Expiry =
        Refusal.Invalid("keys.expiry", "The key would have expired already: give a later time, or none.");

    public static readonly Refusal Ended = Refusal.Conflict(
        "keys.key_ended", "The key is revoked or expired, so it has no successor: create a new key.");

    public static readonly Refusal Rotated = Refusal.Conflict(
        "keys.key_rotated", "The key was rotated already: rotate its successor, or revoke it.");

    public static readonly Refusal Overlapping = Refusal.Conflict(
        "keys.key_overlap", "The key before this one still works: revoke it or wait for its end before rotating again.");

    public static readonly Refusal Overlap =
        Refusal.Invalid("keys.overlap", "The overlap is between 0 and 2,592,000 seconds (30 days).");
}
