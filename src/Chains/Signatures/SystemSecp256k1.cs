using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Sluice.Chains.Signatures;

/// <summary>
/// The system's libsecp256k1 with its module of recovery. Found by name and by the symbols that it has, so that an older, a
/// newer or a missing library is no fault. What the library would abort the process for is checked before it is called.
/// </summary>
internal sealed unsafe class SystemSecp256k1 : ISecp256k1
{
    // The numbers under which releases since 2015 were packaged; the symbols below mean the same in all of them.
    private static readonly string[] Names =
    [
        "libsecp256k1.so.6", "libsecp256k1.so.5", "libsecp256k1.so.4", "libsecp256k1.so.3", "libsecp256k1.so.2",
        "libsecp256k1.so.1", "libsecp256k1.so.0", "libsecp256k1.so", "libsecp256k1.dylib",
    ];

    // From secp256k1.h. Releases before 0.2.0 need to be told what a context is for.
    private const uint ContextSignVerify = 0x0301;
    private const uint Uncompressed = 0x0002;
    private const int SerializedSize = 65;
    private const byte UncompressedHead = 0x04;

    // Their structures are opaque, of a size that the header promises.
    private const int KeyStructSize = 64;
    private const int SignatureStructSize = 64;
    private const int RecoverableStructSize = 65;

    private readonly void* _context;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, byte*, int, int> _parseRecoverable;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, int*, byte*, int> _writeRecoverable;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, byte*, byte*, int> _recover;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, byte*, byte*, void*, void*, int> _signRecoverable;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, byte*, nuint, int> _parseKey;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, nuint*, byte*, uint, int> _writeKey;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, byte*, int> _derive;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, int> _checkSecret;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, byte*, int> _parseSignature;
    private readonly delegate* unmanaged[Cdecl]<void*, byte*, byte*, byte*, int> _verify;

    private SystemSecp256k1(string name, nint library)
    {
        Name = name;
        _parseRecoverable =
            (delegate* unmanaged[Cdecl]<void*, byte*, byte*, int, int>)Symbol("ecdsa_recoverable_signature_parse_compact");
        _writeRecoverable =
            (delegate* unmanaged[Cdecl]<void*, byte*, int*, byte*, int>)Symbol("ecdsa_recoverable_signature_serialize_compact");
        _recover = (delegate* unmanaged[Cdecl]<void*, byte*, byte*, byte*, int>)Symbol("ecdsa_recover");
        _signRecoverable =
            (delegate* unmanaged[Cdecl]<void*, byte*, byte*, byte*, void*, void*, int>)Symbol("ecdsa_sign_recoverable");
        _parseKey = (delegate* unmanaged[Cdecl]<void*, byte*, byte*, nuint, int>)Symbol("ec_pubkey_parse");
        _writeKey = (delegate* unmanaged[Cdecl]<void*, byte*, nuint*, byte*, uint, int>)Symbol("ec_pubkey_serialize");
        _derive = (delegate* unmanaged[Cdecl]<void*, byte*, byte*, int>)Symbol("ec_pubkey_create");
        _checkSecret = (delegate* unmanaged[Cdecl]<void*, byte*, int>)Symbol("ec_seckey_verify");
        _parseSignature = (delegate* unmanaged[Cdecl]<void*, byte*, byte*, int>)Symbol("ecdsa_signature_parse_compact");
        _verify = (delegate* unmanaged[Cdecl]<void*, byte*, byte*, byte*, int>)Symbol("ecdsa_verify");
        _context = MakeContext(
            (delegate* unmanaged[Cdecl]<uint, void*>)Symbol("context_create"),
            (delegate* unmanaged[Cdecl]<void*, byte*, int>)Symbol("context_randomize"),
            (delegate* unmanaged[Cdecl]<void*, delegate* unmanaged[Cdecl]<byte*, void*, void>, void*, void>)
                Symbol("context_set_illegal_callback"));

        void* Symbol(string symbol) => (void*)NativeLibrary.GetExport(library, "secp256k1_" + symbol);
    }

    public string Name { get; }

    /// <summary>False where the system has no such library, or one without recovery.</summary>
    public static bool TryLoad([NotNullWhen(true)] out ISecp256k1? found)
    {
        found = null;
        foreach (var name in Names)
        {
            if (!NativeLibrary.TryLoad(name, out var library)) continue;
            try
            {
                found = new SystemSecp256k1(name, library);
                return true;
            }
            catch (EntryPointNotFoundException)
            {
                // Built without a module: another one may have it.
                NativeLibrary.Free(library);
            }
        }

        return false;
    }

    public bool TryRecover(ReadOnlySpan<byte> hash, in EcdsaSignature signature, Span<byte> publicKey)
    {
        Secp256k1.CheckLengths(hash, publicKey.Length);
        Span<byte> compact = stackalloc byte[EcdsaSignature.Size];
        signature.Write(compact);
        var parsed = stackalloc byte[RecoverableStructSize];
        var key = stackalloc byte[KeyStructSize];
        fixed (byte* hashAt = hash, compactAt = compact)
        {
            return _parseRecoverable(_context, parsed, compactAt, signature.RecoveryId) == 1
                && _recover(_context, key, parsed, hashAt) == 1
                && Write(key, publicKey);
        }
    }

    public bool Verify(ReadOnlySpan<byte> hash, in EcdsaSignature signature, ReadOnlySpan<byte> publicKey)
    {
        Secp256k1.CheckLengths(hash, publicKey.Length);
        Span<byte> bytes = stackalloc byte[SerializedSize + EcdsaSignature.Size];
        bytes[0] = UncompressedHead;
        publicKey.CopyTo(bytes[1..]);
        signature.Write(bytes[SerializedSize..]);
        var key = stackalloc byte[KeyStructSize];
        var parsed = stackalloc byte[SignatureStructSize];
        fixed (byte* hashAt = hash, bytesAt = bytes)
        {
            return _parseKey(_context, key, bytesAt, SerializedSize) == 1
                && _parseSignature(_context, parsed, bytesAt + SerializedSize) == 1
                && _verify(_context, parsed, hashAt, key) == 1;
        }
    }

    public bool TrySign(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> secretKey, out EcdsaSignature signature)
    {
        Secp256k1.CheckLengths(hash);
        Secp256k1.CheckLengths(secretKey);
        signature = default;
        Span<byte> compact = stackalloc byte[EcdsaSignature.Size];
        var made = stackalloc byte[RecoverableStructSize];
        int recoveryId;
        fixed (byte* hashAt = hash, secretAt = secretKey, compactAt = compact)
        {
            // No nonce function given: it takes that of RFC 6979, and a low s by itself.
            if (_checkSecret(_context, secretAt) != 1
                || _signRecoverable(_context, made, hashAt, secretAt, null, null) != 1
                || _writeRecoverable(_context, compactAt, &recoveryId, made) != 1)
                return false;
        }

        return EcdsaSignature.TryRead(compact, recoveryId, out signature);
    }

    public bool TryDerive(ReadOnlySpan<byte> secretKey, Span<byte> publicKey)
    {
        Secp256k1.CheckLengths(secretKey, publicKey.Length);
        var key = stackalloc byte[KeyStructSize];
        fixed (byte* secretAt = secretKey)
            return _checkSecret(_context, secretAt) == 1 && _derive(_context, key, secretAt) == 1 && Write(key, publicKey);
    }

    private bool Write(byte* key, Span<byte> publicKey)
    {
        var bytes = stackalloc byte[SerializedSize];
        nuint size = SerializedSize;
        if (_writeKey(_context, bytes, &size, key, Uncompressed) != 1 || size != SerializedSize) return false;
        new ReadOnlySpan<byte>(bytes + 1, ISecp256k1.PublicKeySize).CopyTo(publicKey);
        return true;
    }

    /// <summary>
    /// One for the whole process: after this it is only read, which many threads may do. It blinds secrets at random.
    /// </summary>
    private static void* MakeContext(
        delegate* unmanaged[Cdecl]<uint, void*> create,
        delegate* unmanaged[Cdecl]<void*, byte*, int> randomize,
        delegate* unmanaged[Cdecl]<void*, delegate* unmanaged[Cdecl]<byte*, void*, void>, void*, void> setIllegal)
    {
        var context = create(ContextSignVerify);
        setIllegal(context, &Refuse, null);
        Span<byte> seed = stackalloc byte[32];
        RandomNumberGenerator.Fill(seed);
        fixed (byte* seedAt = seed)
            if (randomize(context, seedAt) != 1)
                throw new CryptographicException("libsecp256k1 could not blind its context.");
        CryptographicOperations.ZeroMemory(seed);
        return context;
    }

    /// <summary>In place of the library's own, which aborts the process: its verbs then return 0, which is a refusal.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Refuse(byte* message, void* state)
    {
    }
}
