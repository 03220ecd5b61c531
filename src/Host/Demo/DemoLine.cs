namespace Sluice.Host.Demo;

/// <summary>The one line to copy, once the demo stands; empty without it.</summary>
internal sealed class DemoLine
{
    public bool IsDemo { get; init; }

    public string? Text { get; set; }
}
