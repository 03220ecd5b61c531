using System.Text;
using Sluice.Gateway.WebSockets;
using Xunit;

namespace Sluice.Unit.Gateway.WebSockets;

public sealed class RpcMessageTests
{
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":12,"result":{"a":[1]}}""", 12, "", "", """{"a":[1]}""")]
    [InlineData("""{"id":"12","result":1}""", 0, "", "", "1")]
    [InlineData("""{"id":1.0,"result":1}""", 0, "", "", "1")]
    [InlineData("""{"method":"eth_subscription","params":{"result":{"subscription":9},"subscription":"0x1"}}""", 0, "eth_subscription", "\"0x1\"", "")]
    [InlineData("""{"method":"slotNotification","params":{"subscription":7,"result":1}}""", 0, "slotNotification", "7", "")]
    public void Message_is_taken_apart_when_it_is_json_rpc(string text, long id, string method, string subscription, string result)
    {
        Assert.True(RpcMessage.TryRead(Encoding.UTF8.GetBytes(text), out var message));
        Assert.Equal(
            (id, method, subscription, result),
            (message.Id, Encoding.UTF8.GetString(message.Method), Encoding.UTF8.GetString(message.Subscription), Encoding.UTF8.GetString(message.Result)));
    }

    [Theory]
    [InlineData(""), InlineData("[]"), InlineData("{"), InlineData("<html>"), InlineData("{} {}"), InlineData("5"), InlineData("{\"\\ud800\":1}")]
    public void Message_is_dropped_when_it_is_no_json_rpc(string text) =>
        Assert.False(RpcMessage.TryRead(Encoding.UTF8.GetBytes(text), out var message) && (message.HasId || message.IsPush));

    [Fact]
    public void Subscriptions_keep_to_their_bound_when_ids_are_still_on_their_way()
    {
        var subscriptions = new Subscriptions(2);
        Assert.True(subscriptions.TryReserve());
        Assert.True(subscriptions.Expects("\"early\""u8));
        Assert.True(subscriptions.TryReserve());
        Assert.False(subscriptions.TryReserve());
        subscriptions.Begin("\"0x1\"");
        subscriptions.Begin(null);
        Assert.True(subscriptions.Expects("\"0x1\""u8));
        Assert.False(subscriptions.Expects("\"0x2\""u8));
        subscriptions.End("\"0x1\"");
        Assert.False(subscriptions.Any);
    }

    [Fact]
    public void Batch_is_sent_in_order_when_the_last_answer_is_there()
    {
        var batch = new RpcBatch(3);
        Assert.Null(batch.Put(2, "c"u8));
        Assert.Null(batch.Put(1, default));
        Assert.Equal("[a,c]", Encoding.UTF8.GetString(batch.Put(0, "a"u8)!));
        Assert.Null(new RpcBatch(1).Put(0, default));
    }
}
