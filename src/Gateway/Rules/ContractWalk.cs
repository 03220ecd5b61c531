using System.Buffers;
using System.Collections.Frozen;
using System.Diagnostics;
using System.Text.Json;
using Sluice.Chains.Evm;

namespace Sluice.Gateway.Rules;

/// <summary>
/// Walks a call's params along their shape and looks every address up. It refuses all that it does not know: a node
/// that reads the same bytes with other eyes (the last of two equal members, names without case) must not find an
/// address that was not looked at.
/// </summary>
internal ref struct ContractWalk
{
    /// <summary>Arrays and objects within each other, at most. The deepest known call needs nine.</summary>
    public const int DepthMax = 16;

    private const int StackSizeMax = 1024;

    private readonly FrozenSet<EvmAddress> _contracts;
    private Utf8JsonReader _reader;
    private ContractDecision _decision;
    private int _found;

    private ContractWalk(FrozenSet<EvmAddress> contracts, ReadOnlySpan<byte> rawParams)
    {
        _contracts = contracts;
        _reader = new Utf8JsonReader(rawParams, new JsonReaderOptions { MaxDepth = DepthMax });
    }

    public static ContractDecision Check(
        FrozenSet<EvmAddress> contracts, ReadOnlySpan<byte> method, ReadOnlySpan<byte> rawParams)
    {
        var shape = ContractMethods.Find(method);
        if (shape is null)
            return new ContractDecision(ContractVerdict.UnknownMethod);
        if (ReferenceEquals(shape, ContractMethods.NoAddress))
            return new ContractDecision(ContractVerdict.Allowed);
        if (rawParams.IsEmpty)
            return new ContractDecision(ContractVerdict.AddressMissing);

        var walk = new ContractWalk(contracts, rawParams);
        try
        {
            return walk.Params(shape) ? new ContractDecision(ContractVerdict.Allowed) : walk._decision;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // JSON that is none, or text that is no UTF-8. The gateway has parsed the envelope before: this is rare.
            return new ContractDecision(ContractVerdict.MalformedParams);
        }
    }

    private bool Params(ParamsShape shape)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
            return Refuse(ContractVerdict.AddressMissing);
        if (_reader.TokenType != JsonTokenType.StartArray)
            return Refuse(ContractVerdict.MalformedParams);
        if (!(ReferenceEquals(shape, ContractMethods.Subscribe) ? Subscription() : Positions(shape)))
            return false;
        // Reading on past the end throws if anything follows.
        return !_reader.Read() || Refuse(ContractVerdict.MalformedParams);
    }

    private bool Positions(ParamsShape shape)
    {
        var count = 0;
        while (Next(JsonTokenType.EndArray))
        {
            if (count == shape.Positions.Length)
                return Refuse(ContractVerdict.MalformedParams);
            if (!Value(shape.Positions[count++]))
                return false;
        }

        return (count >= shape.Required && (_found > 0 || !shape.NamesAddress))
            || Refuse(ContractVerdict.AddressMissing);
    }

    /// <summary>eth_subscribe: the kind says what follows.</summary>
    private bool Subscription()
    {
        if (!Next(JsonTokenType.EndArray) || _reader.TokenType != JsonTokenType.String)
            return Refuse(ContractVerdict.MalformedParams);
        var logs = _reader.ValueTextEquals("logs"u8);
        if (!logs && !_reader.ValueTextEquals("newHeads"u8) && !_reader.ValueTextEquals("newPendingTransactions"u8)
            && !_reader.ValueTextEquals("syncing"u8))
            return Refuse(ContractVerdict.UnknownMethod);
        if (!Next(JsonTokenType.EndArray))
            return !logs || Refuse(ContractVerdict.AddressMissing);
        return Value(logs ? Shape.LogFilter : Shape.Scalar)
            && (!Next(JsonTokenType.EndArray) || Refuse(ContractVerdict.MalformedParams));
    }

    private bool Value(Shape shape) => shape switch
    {
        Shape.Scalar => IsScalar || Refuse(ContractVerdict.MalformedParams),
        Shape.Scalars => Scalars(),
        Shape.Block => IsScalar || Object(ObjectShape.Block),
        Shape.Address => !IsNull && _reader.TokenType != JsonTokenType.String
            ? Refuse(ContractVerdict.MalformedParams)
            : !IsNull ? Address() : Refuse(ContractVerdict.AddressMissing),
        Shape.Addresses => _reader.TokenType == JsonTokenType.StartArray ? AddressList() : Value(Shape.Address),
        Shape.Receiver => Receiver(),
        Shape.RawTransaction => RawTransaction(),
        Shape.Transaction => IsNull ? Refuse(ContractVerdict.AddressMissing) : Object(ObjectShape.Transaction),
        Shape.LogFilter => IsNull ? Refuse(ContractVerdict.AddressMissing) : Object(ObjectShape.LogFilter),
        Shape.TraceFilter => IsNull ? Refuse(ContractVerdict.AddressMissing) : Object(ObjectShape.TraceFilter),
        // What may be left out may be null.
        _ => IsNull || Optional(shape),
    };

    private bool Optional(Shape shape) => shape switch
    {
        Shape.Flat => Flat(),
        Shape.OptionalAddress => Value(Shape.Address),
        Shape.AccessList => List(Shape.AccessEntry),
        Shape.AccessEntry => Object(ObjectShape.AccessEntry),
        Shape.Authorizations => List(Shape.Authorization),
        Shape.Authorization => Object(ObjectShape.Authorization),
        Shape.StateOverrides => StateOverrides(),
        Shape.StateOverride => Object(ObjectShape.StateOverride),
        Shape.BlockOverrides => Object(ObjectShape.BlockOverrides),
        Shape.Code => Refuse(ContractVerdict.ForeignCode),
        Shape.TraceSettings => Object(ObjectShape.TraceSettings),
        Shape.Tracer => Tracer(),
        Shape.Transactions => List(Shape.Transaction),
        Shape.Bundles => List(Shape.Bundle),
        Shape.Bundle => Object(ObjectShape.Bundle),
        Shape.Simulation => Object(ObjectShape.Simulation),
        Shape.SimulatedBlocks => List(Shape.SimulatedBlock),
        Shape.SimulatedBlock => Object(ObjectShape.SimulatedBlock),
        Shape.TracedCalls => List(Shape.TracedCall),
        Shape.TracedCall => TracedCall(),
        _ => throw new UnreachableException(),
    };

    private bool Object(ObjectShape shape)
    {
        if (_reader.TokenType != JsonTokenType.StartObject)
            return Refuse(ContractVerdict.MalformedParams);
        ulong seen = 0;
        while (Next(JsonTokenType.EndObject))
        {
            var member = 0;
            while (member < shape.Members.Length && !_reader.ValueTextEquals(shape.Members[member].Name))
                member++;
            if (member == shape.Members.Length || (seen & (1UL << member)) != 0)
                return Refuse(ContractVerdict.AmbiguousParams);
            seen |= 1UL << member;
            _reader.Read();
            if (!Value(shape.Members[member].Shape))
                return false;
        }

        if ((seen & shape.Required) == shape.Required)
            return true;
        return Refuse(ReferenceEquals(shape, ObjectShape.Transaction)
            ? ContractVerdict.Creation
            : ContractVerdict.AddressMissing);
    }

    private bool List(Shape element)
    {
        if (_reader.TokenType != JsonTokenType.StartArray)
            return Refuse(ContractVerdict.MalformedParams);
        while (Next(JsonTokenType.EndArray))
        {
            if (IsNull)
                return Refuse(ContractVerdict.MalformedParams);
            if (!Value(element))
                return false;
        }

        return true;
    }

    private bool AddressList()
    {
        var before = _found;
        return List(Shape.Address) && (_found > before || Refuse(ContractVerdict.AddressMissing));
    }

    private bool Scalars()
    {
        if (_reader.TokenType != JsonTokenType.StartArray)
            return IsScalar || Refuse(ContractVerdict.MalformedParams);
        while (Next(JsonTokenType.EndArray))
        {
            if (!Scalars())
                return false;
        }

        return true;
    }

    private bool Flat()
    {
        if (_reader.TokenType != JsonTokenType.StartObject)
            return Refuse(ContractVerdict.MalformedParams);
        while (Next(JsonTokenType.EndObject))
        {
            _reader.Read();
            if (!IsScalar)
                return Refuse(ContractVerdict.MalformedParams);
        }

        return true;
    }

    private bool StateOverrides()
    {
        if (_reader.TokenType != JsonTokenType.StartObject)
            return Refuse(ContractVerdict.MalformedParams);
        while (Next(JsonTokenType.EndObject))
        {
            if (!Address())
                return false;
            _reader.Read();
            if (!Value(Shape.StateOverride))
                return false;
        }

        return true;
    }

    private bool TracedCall()
    {
        if (_reader.TokenType != JsonTokenType.StartArray || !Next(JsonTokenType.EndArray))
            return Refuse(ContractVerdict.MalformedParams);
        if (!Value(Shape.Transaction))
            return false;
        return !Next(JsonTokenType.EndArray)
            || (Scalars() && (!Next(JsonTokenType.EndArray) || Refuse(ContractVerdict.MalformedParams)));
    }

    /// <summary>Built-in tracers watch; any other text is a program that may read every account.</summary>
    private bool Tracer() =>
        _reader.TokenType != JsonTokenType.String ? Refuse(ContractVerdict.MalformedParams)
        : _reader.ValueTextEquals("callTracer"u8) || _reader.ValueTextEquals("prestateTracer"u8)
            || _reader.ValueTextEquals("flatCallTracer"u8) || _reader.ValueTextEquals("4byteTracer"u8)
            || _reader.ValueTextEquals("noopTracer"u8) || Refuse(ContractVerdict.ForeignCode);

    private bool Receiver()
    {
        if (IsNull)
            return Refuse(ContractVerdict.Creation);
        if (_reader.TokenType != JsonTokenType.String)
            return Refuse(ContractVerdict.MalformedParams);
        return _reader.ValueTextEquals(""u8) || _reader.ValueTextEquals("0x"u8)
            ? Refuse(ContractVerdict.Creation)
            : Address();
    }

    /// <summary>Looks up the string or member name at hand.</summary>
    private bool Address()
    {
        EvmAddress address;
        if (!_reader.ValueIsEscaped)
            return EvmAddress.TryParse(_reader.ValueSpan, out address)
                ? Listed(address)
                : Refuse(ContractVerdict.MalformedParams);

        // Every character may be escaped, as six.
        Span<byte> text = stackalloc byte[EvmAddress.TextSize * 6];
        if (_reader.ValueSpan.Length > text.Length)
            return Refuse(ContractVerdict.MalformedParams);
        var size = _reader.CopyString(text);
        return EvmAddress.TryParse(text[..size], out address)
            ? Listed(address)
            : Refuse(ContractVerdict.MalformedParams);
    }

    private bool Listed(EvmAddress address)
    {
        _found++;
        if (_contracts.Contains(address))
            return true;
        _decision = new ContractDecision(ContractVerdict.NotListed, address);
        return false;
    }

    private bool RawTransaction()
    {
        if (IsNull)
            return Refuse(ContractVerdict.AddressMissing);
        if (_reader.TokenType != JsonTokenType.String || _reader.ValueIsEscaped)
            return Refuse(ContractVerdict.MalformedParams);
        var text = _reader.ValueSpan;
        if (text.Length < 4 || text[0] != '0' || text[1] != 'x' || text.Length % 2 != 0)
            return Refuse(ContractVerdict.MalformedTransaction);

        var size = (text.Length - 2) / 2;
        var rented = size > StackSizeMax ? ArrayPool<byte>.Shared.Rent(size) : null;
        Span<byte> bytes = rented is null ? stackalloc byte[StackSizeMax] : rented;
        bytes = bytes[..size];
        var passed = Convert.FromHexString(text[2..], bytes, out _, out _) == OperationStatus.Done
            ? RawTransaction(bytes)
            : Refuse(ContractVerdict.MalformedTransaction);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return passed;
    }

    private bool RawTransaction(scoped ReadOnlySpan<byte> bytes)
    {
        var fault = Chains.Evm.RawTransaction.Decode(bytes, out var transaction);
        if (fault != RawTransactionFault.None)
            return Refuse(fault == RawTransactionFault.UnknownType
                ? ContractVerdict.UnknownTransactionType
                : ContractVerdict.MalformedTransaction);
        if (transaction.To is null)
            return Refuse(ContractVerdict.Creation);
        foreach (var address in transaction.Addresses)
        {
            if (!Listed(address))
                return false;
        }

        return true;
    }

    private readonly bool IsNull => _reader.TokenType == JsonTokenType.Null;

    private readonly bool IsScalar => _reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject);

    /// <summary>Steps to the next token; false at the end of the array or object at hand.</summary>
    private bool Next(JsonTokenType end) => _reader.Read() && _reader.TokenType != end;

    private bool Refuse(ContractVerdict verdict)
    {
        _decision = new ContractDecision(verdict);
        return false;
    }
}
