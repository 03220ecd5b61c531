using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Platform.Audit.Inside;

/// <summary>
/// An event as it is hashed: its number, its time in microseconds and its texts, in this order. Form 1 knows no origin;
/// form 2 begins with -2, which no number of form 1 is, and ends with the origin.
/// </summary>
internal sealed record ChainedEvent(
    long Number, DateTimeOffset At, string ActorKind, string ActorName, Guid? ActorOrganization, string Action,
    string Subject, Guid? Organization, string? Before, string? After)
{
    public const short FormWithOrigin = 2;

    public short Form { get; init; } = FormWithOrigin;

    public string? RequestId { get; init; }

    public string? IpPrefix { get; init; }

    public string? Agent { get; init; }

    /// <summary>Whether there is such a form, and nothing stands here that it leaves out of the hash.</summary>
    public bool IsOfItsForm =>
        Form == FormWithOrigin || (Form == 1 && RequestId is null && IpPrefix is null && Agent is null);

    /// <summary>
    /// SHA-256 over the previous hash and the content. Every text carries its length and whether it is there at all,
    /// so that no two different events have the same content.
    /// </summary>
    public byte[] Hash(ReadOnlySpan<byte> previous)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(previous);
        if (Form != 1) Append(hash, -Form);
        Append(hash, Number);
        Append(hash, At.UtcTicks / TimeSpan.TicksPerMicrosecond);
        Append(hash, ActorKind);
        Append(hash, ActorName);
        Append(hash, ActorOrganization?.ToString("N"));
        Append(hash, Action);
        Append(hash, Subject);
        Append(hash, Organization?.ToString("N"));
        Append(hash, Before);
        Append(hash, After);
        if (Form != 1)
        {
            Append(hash, RequestId);
            Append(hash, IpPrefix);
            Append(hash, Agent);
        }
        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, string? text)
    {
        if (text is null)
        {
            Append(hash, -1);
            return;
        }
        var bytes = Encoding.UTF8.GetBytes(text);
        Append(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Append(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
