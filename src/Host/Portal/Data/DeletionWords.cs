using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Data;

/// <summary>How pages tell when what is to be deleted is gone.</summary>
internal static class DeletionWords
{
    /// <summary>The beginning of a sentence: "7 days later".</summary>
    public static string When(this IDeletions deletions) => deletions.Days switch
    {
        0 => "At once",
        1 => "A day later",
        var days => $"{days} days later",
    };
}
