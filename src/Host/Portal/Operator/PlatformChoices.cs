using Sluice.Host.Portal.Kit;

namespace Sluice.Host.Portal.Operator;

/// <summary>What somebody may do to the installation, to choose from.</summary>
internal static class PlatformChoices
{
    public static readonly IReadOnlyList<Choice> All =
    [
        new("None", "None – own organizations only"),
        new("Viewer", "Viewer – sees everything, changes nothing"),
        new("Operator", "Operator – everything"),
    ];
}
