using System.Text;
using System.Text.Json;

namespace Sluice.Gateway.WebSockets;

/// <summary>
/// The subscriptions of one socket by the ids that the node gave them, and those whose id is still on its way. Any
/// method that ends on "subscribe" opens one: <c>eth_subscribe</c>, <c>logsSubscribe</c>, <c>slotSubscribe</c> …
/// </summary>
internal sealed class Subscriptions(int max)
{
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private int _reserved;

    public bool Any
    {
        get
        {
            lock (_gate) return _ids.Count > 0;
        }
    }

    public static bool Opens(string method) =>
        method.EndsWith("subscribe", StringComparison.OrdinalIgnoreCase) && !Closes(method);

    public static bool Closes(string method) => method.EndsWith("unsubscribe", StringComparison.OrdinalIgnoreCase);

    /// <summary>The first parameter as it is written, or null.</summary>
    public static string? IdIn(ReadOnlySpan<byte> parameters)
    {
        var reader = new Utf8JsonReader(parameters);
        if (parameters.IsEmpty || !reader.Read() || reader.TokenType != JsonTokenType.StartArray || !reader.Read()) return null;
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number)) return null;
        return Encoding.UTF8.GetString(parameters[(int)reader.TokenStartIndex..(int)reader.BytesConsumed]);
    }

    public bool TryReserve()
    {
        lock (_gate)
        {
            if (_ids.Count + _reserved >= max) return false;
            _reserved++;
            return true;
        }
    }

    public void Release()
    {
        lock (_gate) _reserved--;
    }

    /// <summary>Ends a reservation: with the new subscription's id, or null where there is none.</summary>
    public void Begin(string? id)
    {
        lock (_gate)
        {
            _reserved--;
            if (id is not null) _ids.Add(id);
        }
    }

    public void End(string id)
    {
        lock (_gate) _ids.Remove(id);
    }

    /// <summary>Whether a push may be passed on. A node may push before it has told the id.</summary>
    public bool Expects(ReadOnlySpan<byte> id)
    {
        lock (_gate)
        {
            if (_reserved > 0) return true;
            return !id.IsEmpty && _ids.Contains(Encoding.UTF8.GetString(id));
        }
    }
}
