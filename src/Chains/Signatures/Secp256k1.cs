namespace Sluice.Chains.Signatures;

/// <summary>The implementation that this machine has, found out once.</summary>
public static class Secp256k1
{
    private static readonly Lazy<ISecp256k1> Found = new(() =>
        SystemSecp256k1.TryLoad(out var system) ? system : new ManagedSecp256k1());

    /// <summary>The system's libsecp256k1, and where there is none, the managed one.</summary>
    public static ISecp256k1 Fastest => Found.Value;

    /// <summary>Refuses lengths that no caller may come with, the same in every implementation.</summary>
    internal static void CheckLengths(ReadOnlySpan<byte> hashOrSecret, int publicKeyLength = ISecp256k1.PublicKeySize)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hashOrSecret.Length, ISecp256k1.HashSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(publicKeyLength, ISecp256k1.PublicKeySize);
    }
}
