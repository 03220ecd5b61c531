using System.ComponentModel.DataAnnotations;

namespace Sluice.Platform.Catalog;

/// <summary>Settings of the Catalog, section <c>Catalog</c>.</summary>
public sealed class CatalogOptions
{
    /// <summary>
    /// File of the keys that encrypt literal upstream credentials; made at first need with mode 0600. Default
    /// <c>data/keys/catalog.json</c>, set by the host to its data directory. Processes that share a database must
    /// share this file.
    /// </summary>
    [Required]
    public string KeyRingFile { get; set; } = Path.Combine("data", "keys", "catalog.json");

    /// <summary>
    /// Folders that <c>file:</c> references may read, separated by <c>:</c>. Default
    /// <c>/run/secrets:/etc/sluice/secrets</c>. A catalog comes over the API, so it may not read any file it likes.
    /// </summary>
    public string SecretFolders { get; set; } = "/run/secrets:/etc/sluice/secrets";

    /// <summary>Name of the plan of organizations without assignment. Default <c>free</c>.</summary>
    [Required]
    public string DefaultPlan { get; set; } = "free";
}
