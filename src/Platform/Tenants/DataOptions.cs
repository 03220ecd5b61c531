using System.ComponentModel.DataAnnotations;

namespace Sluice.Platform.Tenants;

/// <summary>What becomes of data that is taken along, or deleted. Section <c>Data</c>.</summary>
public sealed class DataOptions
{
    /// <summary>
    /// Days between the wish to delete an organization or an account and its deletion, in which it can be taken back; 0 deletes
    /// at once. Default 7.
    /// </summary>
    [Range(0, 90)]
    public int DeletionDays { get; set; } = 7;

    /// <summary>Days for which an export can be downloaded. Default 7.</summary>
    [Range(1, 90)]
    public int ExportDays { get; set; } = 7;

    /// <summary>Exports that an organization, or a person, may ask for in 24 hours. Default 5.</summary>
    [Range(1, 1000)]
    public int ExportsPerDay { get; set; } = 5;

    /// <summary>Largest archive in mebibytes; what is larger fails and says so. Default 512.</summary>
    [Range(1, 100_000)]
    public int ExportMebibytesMax { get; set; } = 512;
}
