namespace Sluice.Host.Portal.Kit;

/// <param name="Value">What is sent.</param>
/// <param name="Label">What is read.</param>
public sealed record Choice(string Value, string Label);

/// <param name="Label">What is read.</param>
/// <param name="Href">Where it leads.</param>
/// <param name="Current">Whether this is what is shown.</param>
public sealed record TabLink(string Label, string Href, bool Current);
