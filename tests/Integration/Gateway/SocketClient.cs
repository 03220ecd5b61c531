using System.Net.WebSockets;
using System.Text;

namespace Sluice.Integration.Gateway;

/// <summary>Short ways to talk on a socket, each with a deadline.</summary>
public static class SocketClient
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    public static async Task Say(this WebSocket socket, string text) =>
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

    /// <summary>The next message; "close:code:reason" for a goodbye.</summary>
    public static async Task<string> Hear(this WebSocket socket)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var whole = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var piece = await socket.ReceiveAsync(buffer.AsMemory(), limit.Token);
            if (piece.MessageType == WebSocketMessageType.Close)
                return $"close:{(int?)socket.CloseStatus}:{socket.CloseStatusDescription}";
            whole.Write(buffer, 0, piece.Count);
            if (piece.EndOfMessage) return Encoding.UTF8.GetString(whole.ToArray());
        }
    }

    /// <summary>Reads on until the goodbye.</summary>
    public static async Task<string> HearClose(this WebSocket socket)
    {
        while (true)
        {
            var text = await socket.Hear();
            if (text.StartsWith("close:", StringComparison.Ordinal)) return text;
        }
    }

    public static async Task<string> Ask(this WebSocket socket, string text)
    {
        await socket.Say(text);
        return await socket.Hear();
    }
}
