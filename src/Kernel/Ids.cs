namespace Sluice.Kernel;

/// <summary>
/// An id of one kind of thing. On the wire it reads <c>prefix_</c> and 26 characters of Crockford base 32
/// (a UUIDv7, so that ids sort by creation). Made by <see cref="WireId.New{T}"/>; a raw Guid never crosses a door.
/// </summary>
public interface ITypedId<T> where T : struct, ITypedId<T>
{
    static abstract string Prefix { get; }
    static abstract T From(Guid value);
    Guid Value { get; }
}

public readonly record struct OrganizationId(Guid Value) : ITypedId<OrganizationId>
{
    public static string Prefix => "org";
    public static OrganizationId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

public readonly record struct AppId(Guid Value) : ITypedId<AppId>
{
    public static string Prefix => "app";
    public static AppId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

public readonly record struct KeyId(Guid Value) : ITypedId<KeyId>
{
    public static string Prefix => "key";
    public static KeyId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>An access token to Sluice's own API.</summary>
public readonly record struct TokenId(Guid Value) : ITypedId<TokenId>
{
    public static string Prefix => "tok";
    public static TokenId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>A person who signs in.</summary>
public readonly record struct UserId(Guid Value) : ITypedId<UserId>
{
    public static string Prefix => "usr";
    public static UserId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>One sign-in of one person in one browser.</summary>
public readonly record struct SessionId(Guid Value) : ITypedId<SessionId>
{
    public static string Prefix => "ses";
    public static SessionId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>A key in a person's device that signs for this installation alone.</summary>
public readonly record struct PasskeyId(Guid Value) : ITypedId<PasskeyId>
{
    public static string Prefix => "psk";
    public static PasskeyId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>An account of a chain that signed for a person.</summary>
public readonly record struct WalletId(Guid Value) : ITypedId<WalletId>
{
    public static string Prefix => "wal";
    public static WalletId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>What somebody asked to take along of its data.</summary>
public readonly record struct ExportId(Guid Value) : ITypedId<ExportId>
{
    public static string Prefix => "exp";
    public static ExportId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>Who a person is at an identity provider.</summary>
public readonly record struct LoginId(Guid Value) : ITypedId<LoginId>
{
    public static string Prefix => "lgn";
    public static LoginId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>An invitation into an organization.</summary>
public readonly record struct InvitationId(Guid Value) : ITypedId<InvitationId>
{
    public static string Prefix => "inv";
    public static InvitationId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>The journal of one gateway process, from its start to its end.</summary>
public readonly record struct JournalId(Guid Value) : ITypedId<JournalId>
{
    public static string Prefix => "jnl";
    public static JournalId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>One piece of work that a worker does later.</summary>
public readonly record struct JobId(Guid Value) : ITypedId<JobId>
{
    public static string Prefix => "job";
    public static JobId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>Writes and reads typed ids as they stand on the wire.</summary>
public static class WireId
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Digits = 26;

    public static T New<T>() where T : struct, ITypedId<T> => T.From(Guid.CreateVersion7());

    public static string Format<T>(T id) where T : struct, ITypedId<T> => $"{T.Prefix}_{Encode(id.Value)}";

    public static bool TryParse<T>(string? text, out T id) where T : struct, ITypedId<T>
    {
        id = default;
        if (text is null || text.Length != T.Prefix.Length + 1 + Digits) return false;
        if (!text.StartsWith(T.Prefix, StringComparison.Ordinal) || text[T.Prefix.Length] != '_') return false;
        if (!TryDecode(text.AsSpan(T.Prefix.Length + 1), out var value)) return false;
        id = T.From(value);
        return true;
    }

    /// <summary>Crockford base 32 of the 16 bytes in network order, lower case, 26 digits.</summary>
    public static string Encode(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        var number = new UInt128(
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes),
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
        Span<char> text = stackalloc char[Digits];
        for (var i = Digits - 1; i >= 0; i--, number >>= 5) text[i] = Alphabet[(int)(number & 31)];
        return new string(text);
    }

    public static bool TryDecode(ReadOnlySpan<char> text, out Guid value)
    {
        value = default;
        if (text.Length != Digits) return false;
        // 26 digits hold 130 bits: the first digit may carry three only.
        UInt128 number = 0;
        for (var i = 0; i < Digits; i++)
        {
            var digit = Alphabet.IndexOf(char.ToLowerInvariant(text[i]), StringComparison.Ordinal);
            if (digit < 0 || (i == 0 && digit > 7)) return false;
            number = (number << 5) | (uint)digit;
        }
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        value = new Guid(bytes, bigEndian: true);
        return true;
    }
}
