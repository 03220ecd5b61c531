namespace Sluice.Chains.Evm;

/// <summary>EIP-2718 types; the number is the first byte on the wire, and a legacy transaction has none.</summary>
public enum RawTransactionType
{
    /// <summary>Before EIP-2718, with or without the chain of EIP-155.</summary>
    Legacy = 0,
    /// <summary>EIP-2930.</summary>
    AccessList = 1,
    /// <summary>EIP-1559.</summary>
    DynamicFee = 2,
    /// <summary>EIP-4844, alone or in the network form with its blobs.</summary>
    Blob = 3,
    /// <summary>EIP-7702.</summary>
    SetCode = 4,
}

public enum RawTransactionFault
{
    None,
    /// <summary>Not the canonical encoding of a signed transaction.</summary>
    Malformed,
    /// <summary>A type of which nothing is known here.</summary>
    UnknownType,
}

/// <summary>
/// The addresses that a signed transaction names. The structure is checked whole and strictly, so that no node can read
/// other addresses from the same bytes; the signature is not verified.
/// </summary>
public readonly ref struct RawTransaction
{
    private const int WordSize = 32;
    private const int BlobSize = 131_072;
    private const int CommitmentSize = 48;

    private readonly RlpReader _accessList;
    private readonly RlpReader _authorizations;

    private RawTransaction(
        RawTransactionType type, EvmAddress? to, RlpReader accessList, RlpReader authorizations)
    {
        Type = type;
        To = to;
        _accessList = accessList;
        _authorizations = authorizations;
    }

    public RawTransactionType Type { get; }

    /// <summary>Null: the transaction creates a contract.</summary>
    public EvmAddress? To { get; }

    /// <summary>The receiver if there is one, then the access list, then the code of EIP-7702 authorizations.</summary>
    public AddressEnumerator Addresses => new(this);

    /// <summary>Decodes the bytes given to <c>eth_sendRawTransaction</c>. Never throws.</summary>
    public static RawTransactionFault Decode(ReadOnlySpan<byte> raw, out RawTransaction transaction)
    {
        transaction = default;
        if (raw.IsEmpty)
            return RawTransactionFault.Malformed;

        var type = RawTransactionType.Legacy;
        if (raw[0] < 0xc0)
        {
            // From 0x80 on, a byte begins an RLP string: a typed transaction wrapped once more, which is no type.
            if (raw[0] > 0x7f)
                return RawTransactionFault.Malformed;
            type = (RawTransactionType)raw[0];
            if (type is < RawTransactionType.AccessList or > RawTransactionType.SetCode)
                return RawTransactionFault.UnknownType;
            raw = raw[1..];
        }

        var outer = new RlpReader(raw);
        return outer.TryReadList(out var body) && outer.End && TryUnwrap(type, ref body)
            && TryReadBody(type, ref body, out transaction)
            ? RawTransactionFault.None
            : RawTransactionFault.Malformed;
    }

    /// <summary>
    /// The network form of a blob transaction: [body, blobs, commitments, proofs] (EIP-4844), or with a version before
    /// the blobs (EIP-7594). The body begins with a number, so a list in first place tells the wrapper.
    /// </summary>
    private static bool TryUnwrap(RawTransactionType type, ref RlpReader body)
    {
        if (type != RawTransactionType.Blob || !body.AtList)
            return true;
        var wrapper = body;
        if (!wrapper.TryReadList(out body))
            return false;
        if (!wrapper.AtList && (!wrapper.TryReadInteger(1, out var version) || version is not [1]))
            return false;
        return TryReadFixedList(ref wrapper, BlobSize)
            && TryReadFixedList(ref wrapper, CommitmentSize)
            && TryReadFixedList(ref wrapper, CommitmentSize)
            && wrapper.End;
    }

    private static bool TryReadBody(RawTransactionType type, scoped ref RlpReader body, out RawTransaction transaction)
    {
        transaction = default;
        RlpReader accessList = default;
        RlpReader authorizations = default;
        if (type != RawTransactionType.Legacy && !body.TryReadInteger(WordSize, out _))
            return false;
        if (!body.TryReadInteger(8, out _) || !body.TryReadInteger(WordSize, out _))
            return false;
        if (type >= RawTransactionType.DynamicFee && !body.TryReadInteger(WordSize, out _))
            return false;
        if (!body.TryReadInteger(8, out _) || !TryReadTo(type, ref body, out var to))
            return false;
        if (!body.TryReadInteger(WordSize, out _) || !body.TryReadString(out _))
            return false;
        if (type != RawTransactionType.Legacy && !TryReadAccessList(ref body, out accessList))
            return false;
        if (type == RawTransactionType.Blob
            && (!body.TryReadInteger(WordSize, out _) || !TryReadFixedList(ref body, WordSize)))
            return false;
        if (type == RawTransactionType.SetCode && !TryReadAuthorizations(ref body, out authorizations))
            return false;
        if (!TryReadSignature(ref body, type == RawTransactionType.Legacy ? WordSize : 1) || !body.End)
            return false;
        transaction = new RawTransaction(type, to, accessList, authorizations);
        return true;
    }

    private static bool TryReadTo(RawTransactionType type, scoped ref RlpReader body, out EvmAddress? to)
    {
        to = null;
        if (!body.TryReadString(out var bytes))
            return false;
        // Blob and set-code transactions cannot create: their receiver is never empty (EIP-4844, EIP-7702).
        if (bytes.IsEmpty)
            return type <= RawTransactionType.DynamicFee;
        if (bytes.Length != EvmAddress.Size)
            return false;
        to = new EvmAddress(bytes);
        return true;
    }

    private static bool TryReadAccessList(scoped ref RlpReader body, out RlpReader accessList)
    {
        if (!body.TryReadList(out accessList))
            return false;
        var entries = accessList;
        while (!entries.End)
        {
            if (!entries.TryReadList(out var entry) || !entry.TryReadFixed(EvmAddress.Size, out _)
                || !TryReadFixedList(ref entry, WordSize) || !entry.End)
                return false;
        }

        return true;
    }

    private static bool TryReadAuthorizations(scoped ref RlpReader body, out RlpReader authorizations)
    {
        if (!body.TryReadList(out authorizations))
            return false;
        var entries = authorizations;
        while (!entries.End)
        {
            if (!entries.TryReadList(out var entry) || !entry.TryReadInteger(WordSize, out _)
                || !entry.TryReadFixed(EvmAddress.Size, out _) || !entry.TryReadInteger(8, out _)
                || !TryReadSignature(ref entry, 1) || !entry.End)
                return false;
        }

        return true;
    }

    private static bool TryReadSignature(ref RlpReader body, int paritySizeMax) =>
        body.TryReadInteger(paritySizeMax, out _)
        && body.TryReadInteger(WordSize, out _)
        && body.TryReadInteger(WordSize, out _);

    private static bool TryReadFixedList(ref RlpReader body, int size)
    {
        if (!body.TryReadList(out var items))
            return false;
        while (!items.End)
        {
            if (!items.TryReadFixed(size, out _))
                return false;
        }

        return true;
    }

    /// <summary>Walks lists that were checked when decoding.</summary>
    public ref struct AddressEnumerator
    {
        private RlpReader _accessList;
        private RlpReader _authorizations;
        private EvmAddress? _to;

        internal AddressEnumerator(RawTransaction transaction)
        {
            _accessList = transaction._accessList;
            _authorizations = transaction._authorizations;
            _to = transaction.To;
        }

        public EvmAddress Current { get; private set; }

        public readonly AddressEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_to is { } to)
            {
                (Current, _to) = (to, null);
                return true;
            }

            RlpReader entry;
            if (!_accessList.End)
            {
                _accessList.TryReadList(out entry);
            }
            else
            {
                if (!_authorizations.TryReadList(out entry))
                    return false;
                entry.TryReadInteger(WordSize, out _);
            }

            if (!entry.TryReadFixed(EvmAddress.Size, out var address))
                return false;
            Current = new EvmAddress(address);
            return true;
        }
    }
}
