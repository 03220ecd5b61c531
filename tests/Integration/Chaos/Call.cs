using System.Text;

namespace Sluice.Integration.Chaos;

/// <summary>One request as it goes over the wire, and how many calls are in it.</summary>
internal sealed record Call(byte[] Bytes, int Entries)
{
    private const string Entry = """{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}""";

    public static Call Single(string key) => Of(key, Entry, 1);

    /// <summary>The shared origin answers every call with the id 1, so all entries carry it.</summary>
    public static Call Batch(string key, int entries) =>
        Of(key, $"[{string.Join(',', Enumerable.Repeat(Entry, entries))}]", entries);

    /// <summary>A file of the plain HTTP service; large ones are streams that a kill meets halfway.</summary>
    public static Call Download(string key, string file) => new(
        Encoding.ASCII.GetBytes($"GET /v1/{Installation.Files}/{file} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n\r\n"), 1);

    private static Call Of(string key, string body, int entries) => new(
        Encoding.ASCII.GetBytes(
            $"POST /v1/{Installation.Service} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"),
        entries);
}

/// <summary>An answer that reached a client whole.</summary>
/// <param name="Life">Which life of the gateway the client took it from; the test counts them.</param>
/// <param name="Errors">How many of its entries are errors: with an origin that makes none, the gateway refused them.</param>
internal readonly record struct Answer(Guid RequestId, int Status, int Entries, int Life, int Errors)
{
    public bool HasError => Errors > 0;

    /// <summary>Calls under way on the same socket when it broke: they may have been recorded.</summary>
    public int PerhapsMore { get; init; }
}

/// <summary>A call that was sent, at least in part, and never answered whole.</summary>
internal readonly record struct Unanswered(int Entries, int Life, string Why);
