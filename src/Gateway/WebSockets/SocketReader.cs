using System.Net.WebSockets;
using Sluice.Gateway.Upstreams;

namespace Sluice.Gateway.WebSockets;

/// <summary>What became of a read.</summary>
internal enum SocketRead
{
    Message,
    Closed,
    TooLarge,
    /// <summary>The connection broke without a goodbye.</summary>
    Gone,
}

/// <summary>Reads whole messages within a limit, however they are fragmented.</summary>
internal static class SocketReader
{
    private const int PieceBytes = 4096;

    public static async ValueTask<SocketRead> Whole(WebSocket socket, ByteBuffer into, long bytesMax)
    {
        into.Clear();
        try
        {
            while (true)
            {
                var piece = await socket.ReceiveAsync(into.Free(PieceBytes), CancellationToken.None).ConfigureAwait(false);
                if (piece.MessageType == WebSocketMessageType.Close) return SocketRead.Closed;
                into.Advance(piece.Count);
                if (into.Length > bytesMax) return SocketRead.TooLarge;
                if (piece.EndOfMessage) return SocketRead.Message;
            }
        }
        catch (Exception error) when (SocketPair.IsLoss(error))
        {
            return SocketRead.Gone;
        }
    }
}
