namespace Sluice.Kernel;

/// <summary>What a person may do in the installation, besides own organizations.</summary>
public enum PlatformRole
{
    None,
    Viewer,
    Operator,
}

/// <summary>From where a change came. The prefix is the client's network (IPv4 /24, IPv6 /48), not its address.</summary>
public sealed record Origin(string? RequestId, string? IpPrefix, string? Agent);
