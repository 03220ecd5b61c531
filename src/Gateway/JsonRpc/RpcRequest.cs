namespace Sluice.Gateway.JsonRpc;

/// <summary>Where the parts of one JSON-RPC request stand in the exchange's body. Offsets in bytes; length 0 is absent.</summary>
internal struct RpcRequest
{
    public int Start;
    public int Length;
    public int IdStart;
    public int IdLength;
    public int ParamsStart;
    public int ParamsLength;
    /// <summary>The method without quotes. Escaped ones stand unescaped in <see cref="EscapedMethod"/>.</summary>
    public int MethodStart;
    public int MethodLength;
    public byte[]? EscapedMethod;
    public RpcFault Fault;
    /// <summary>
    /// Members that the specification does not know. They never travel on: a node that ignores case would read
    /// <c>"Method"</c> as the method that nobody checked.
    /// </summary>
    public bool HasOtherMembers;

    public readonly bool IsNotification => IdLength == 0 && Fault == RpcFault.None;
}

internal enum RpcFault : byte
{
    None,
    /// <summary>Not a request object.</summary>
    NotAnObject,
    Version,
    Method,
    Params,
    Id,
    DuplicateMember,
}
