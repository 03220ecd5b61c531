using System.Text;
using Sluice.Gateway.JsonRpc;
using Xunit;

namespace Sluice.Unit.Gateway.JsonRpc;

public sealed class RpcAnswerTests
{
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":"0x1"}""", AnswerKind.Result)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":null}""", AnswerKind.NullResult)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":null,"error":null}""", AnswerKind.NullResult)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":null,"error":{"code":3,"message":"execution reverted"}}""", AnswerKind.CallerError)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":null,"result":1}""", AnswerKind.NullResult)]
    [InlineData("""{"jsonrpc":"2.0","id":8,"result":1}""", AnswerKind.WrongId)]
    [InlineData("""{"jsonrpc":"2.0","id":"7","result":1}""", AnswerKind.WrongId)]
    [InlineData("""{"jsonrpc":"2.0","result":1}""", AnswerKind.WrongId)]
    [InlineData("""{"jsonrpc":"2.0","id":7}""", AnswerKind.NotRpc)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":1""", AnswerKind.NotRpc)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":1}}""", AnswerKind.NotRpc)]
    [InlineData("<html></html>", AnswerKind.NotRpc)]
    [InlineData("", AnswerKind.NotRpc)]
    [InlineData("[]", AnswerKind.NotRpc)]
    [InlineData("""{"id":7,"error":{"code":3,"message":"execution reverted","data":"0x"}}""", AnswerKind.CallerError)]
    [InlineData("""{"id":7,"error":{"code":-32602,"message":"invalid"}}""", AnswerKind.CallerError)]
    [InlineData("""{"id":null,"error":{"code":-32602,"message":"invalid"}}""", AnswerKind.CallerError)]
    [InlineData("""{"error":{"code":-32602,"message":"invalid"}}""", AnswerKind.CallerError)]
    [InlineData("""{"id":7,"error":{"code":-32000,"message":"insufficient funds for gas"}}""", AnswerKind.CallerError)]
    [InlineData("""{"id":7,"error":{"code":-32000,"message":"header not found"}}""", AnswerKind.NodeError)]
    [InlineData("""{"id":7,"error":{"code":-32603,"message":"Internal error"}}""", AnswerKind.NodeError)]
    [InlineData("""{"id":7,"error":{"code":-32005,"message":"limit exceeded"}}""", AnswerKind.NodeError)]
    [InlineData("""{"id":7,"error":"broken"}""", AnswerKind.NodeError)]
    public void Answer_is_judged_by_what_it_says(string body, object kind) =>
        Assert.Equal((AnswerKind)kind, RpcAnswer.Read(Encoding.UTF8.GetBytes(body), "7"u8, out _, out _, out _));

    [Theory]
    [InlineData("""{"id":7,"result":{"context":{"slot":1},"value":null}}""", true)]
    [InlineData("""{ "result" : { "value" : null, "context" : { "value": 1 } }, "id" : 7 }""", true)]
    [InlineData("""{"id":7,"result":{"context":{"slot":1},"\u0076alue":null}}""", true)]
    [InlineData("""{"id":7,"result":{"context":{"slot":1,"value":null},"value":1}}""", false)]
    [InlineData("""{"id":7,"result":{"context":{"slot":1},"value":[null]}}""", false)]
    [InlineData("""{"id":7,"result":{"value":null}}""", false)]
    [InlineData("""{"id":7,"value":null,"context":1,"result":[{"context":1,"value":null}]}""", false)]
    [InlineData("""{"id":7,"result":"0x1"}""", false)]
    public void Answer_holds_nothing_when_its_context_has_no_value(string body, bool nothing) =>
        Assert.Equal(nothing, RpcAnswer.HoldsNothing(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Answer_tells_where_its_id_stands_and_its_error_code()
    {
        var body = """{"error":{"message":"no","code":-32601}, "id": "x" }"""u8;
        Assert.Equal(AnswerKind.CallerError, RpcAnswer.Read(body, "\"x\""u8, out var start, out var length, out var code));
        Assert.Equal("\"x\"", Encoding.UTF8.GetString(body.Slice(start, length)));
        Assert.Equal(-32601, code);
    }
}
