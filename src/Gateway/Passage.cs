namespace Sluice.Gateway;

/// <summary>Plain HTTP.</summary>
internal sealed class Passage
{
    public Task Run(Exchange x) => throw new NotSupportedException(x.Rest);
}
