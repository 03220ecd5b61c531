using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Gateway.JsonRpc;
using Xunit;

namespace Sluice.Unit.Gateway.JsonRpc;

public sealed class RpcReaderTests
{
    private const int DepthMax = 16;
    private const int BatchMax = 4;

    [Theory]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("\"a\"")]
    [InlineData("1.50")]
    [InlineData("1e400")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("\"\\u0061\"")]
    public void Reader_keeps_an_id_byte_for_byte_whatever_its_type(string id)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0", "id" : {{id}} ,"method":"m"}""");
        var entry = Single(body);
        Assert.Equal(RpcFault.None, entry.Fault);
        Assert.Equal(id, Encoding.UTF8.GetString(body, entry.IdStart, entry.IdLength));
        Assert.False(entry.IsNotification);
    }

    [Fact]
    public void Reader_tells_a_notification_by_its_missing_id() =>
        Assert.True(Single("""{"jsonrpc":"2.0","method":"m"}"""u8.ToArray()).IsNotification);

    [Fact]
    public void Reader_keeps_params_as_they_were_written()
    {
        var body = """{"params":[1.10, 12345678901234567890,{"b":1,"a":2}],"method":"m","jsonrpc":"2.0","id":1}"""u8.ToArray();
        var entry = Single(body);
        Assert.Equal(
            """[1.10, 12345678901234567890,{"b":1,"a":2}]""",
            Encoding.UTF8.GetString(body, entry.ParamsStart, entry.ParamsLength));
    }

    [Fact]
    public void Reader_sees_through_an_escaped_method()
    {
        var entry = Single("""{"jsonrpc":"2.0","id":1,"method":"eth\u005fcall"}"""u8.ToArray());
        Assert.Equal("eth_call", Encoding.UTF8.GetString(entry.EscapedMethod!));
    }

    [Theory]
    [InlineData("""{"id":1,"method":"m"}""", RpcFault.Version)]
    [InlineData("""{"jsonrpc":2.0,"id":1,"method":"m"}""", RpcFault.Version)]
    [InlineData("""{"jsonrpc":"1.0","id":1,"method":"m"}""", RpcFault.Version)]
    [InlineData("""{"jsonrpc":"2.0","id":1}""", RpcFault.Method)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":1}""", RpcFault.Method)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":""}""", RpcFault.Method)]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"m"}""", RpcFault.Id)]
    [InlineData("""{"jsonrpc":"2.0","id":true,"method":"m"}""", RpcFault.Id)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"m","params":"x"}""", RpcFault.Params)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"m","method":"n"}""", RpcFault.DuplicateMember)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"m","\u0069d":2}""", RpcFault.DuplicateMember)]
    [InlineData("1", RpcFault.NotAnObject)]
    [InlineData("\"x\"", RpcFault.NotAnObject)]
    [InlineData("null", RpcFault.NotAnObject)]
    public void Reader_names_the_fault_of_an_invalid_request(string body, object fault) =>
        Assert.Equal((RpcFault)fault, Single(Encoding.UTF8.GetBytes(body)).Fault);

    [Fact]
    public void Reader_marks_members_that_a_careless_node_might_read()
    {
        Assert.True(Single("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId","Method":"eth_call"}"""u8.ToArray()).HasOtherMembers);
        Assert.False(Single("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}"""u8.ToArray()).HasOtherMembers);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[{\"jsonrpc\":\"2.0\"},")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("// no\n{}")]
    [InlineData("{\"a\":01}")]
    [InlineData("NaN")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"\ud800"}""")]
    [InlineData("""{"\ud800":1}""")]
    public void Reader_refuses_what_is_not_json(string body) =>
        Assert.Equal(RpcReader.Result.NotJson, Read(Encoding.UTF8.GetBytes(body), out _, out _, out _));

    [Fact]
    public void Reader_refuses_invalid_utf8() =>
        Assert.Equal(RpcReader.Result.NotJson, Read([(byte)'"', 0xC3, 0x28, (byte)'"'], out _, out _, out _));

    [Fact]
    public void Reader_refuses_deep_nesting_and_says_so()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 1000)) + string.Concat(Enumerable.Repeat("]", 1000));
        var body = Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":1,"method":"m","params":{{deep}}}""");
        Assert.Equal(RpcReader.Result.TooDeep, Read(body, out _, out _, out _));
    }

    [Fact]
    public void Reader_keeps_the_order_of_a_batch_and_the_faults_of_single_entries()
    {
        var body = """[{"jsonrpc":"2.0","id":1,"method":"a"},1,{"jsonrpc":"2.0","method":"b"}]"""u8.ToArray();
        Assert.Equal(RpcReader.Result.Ok, Read(body, out var entries, out var count, out var isBatch));
        Assert.True(isBatch);
        Assert.Equal(3, count);
        Assert.Equal(RpcFault.None, entries[0].Fault);
        Assert.Equal(RpcFault.NotAnObject, entries[1].Fault);
        Assert.True(entries[2].IsNotification);
    }

    [Fact]
    public void Reader_limits_a_batch_and_refuses_an_empty_one()
    {
        Assert.Equal(RpcReader.Result.EmptyBatch, Read("[]"u8.ToArray(), out _, out _, out _));
        Assert.Equal(RpcReader.Result.Ok, Read("[1,1,1,1]"u8.ToArray(), out _, out _, out _));
        Assert.Equal(RpcReader.Result.BatchTooLong, Read("[1,1,1,1,1]"u8.ToArray(), out _, out _, out _));
    }

    [Fact]
    public void Reader_never_throws_and_never_points_outside_the_body()
    {
        // Pieces of requests in random order come closer to the reader's branches than random bytes do.
        var pieces = Gen.Elements(
            "{", "}", "[", "]", ",", ":", "\"id\"", "\"jsonrpc\"", "\"2.0\"", "\"method\"", "\"params\"", "1", "null", "\"\\u00", " ",
            "é", "-", "1e5", "\"");
        var bodies = pieces.ArrayOf().Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts)));
        Prop.ForAll(bodies.ToArbitrary(), body =>
        {
            if (Read(body, out var entries, out var count, out _) != RpcReader.Result.Ok) return !IsJson(body) || body.Length > 0;
            return entries.Take(count).All(e => e.Start >= 0 && e.Start + e.Length <= body.Length
                && e.IdStart + e.IdLength <= body.Length && e.ParamsStart + e.ParamsLength <= body.Length);
        }).Holds();
    }

    [Fact]
    public void Reader_calls_json_exactly_what_the_framework_calls_json()
    {
        var pieces = Gen.Elements("{", "}", "[", "]", ",", ":", "\"id\"", "1", "null", "true", " ", "-", "1e5", "\"a\"");
        var bodies = pieces.ArrayOf().Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts)));
        Prop.ForAll(bodies.ToArbitrary(), body =>
            (Read(body, out _, out _, out _) == RpcReader.Result.NotJson) == !IsJson(body)).Holds();
    }

    private static bool IsJson(byte[] body)
    {
        try
        {
            using var _ = JsonDocument.Parse(body);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static RpcRequest Single(byte[] body)
    {
        Assert.Equal(RpcReader.Result.Ok, Read(body, out var entries, out var count, out _));
        Assert.Equal(1, count);
        return entries[0];
    }

    private static RpcReader.Result Read(byte[] body, out RpcRequest[] entries, out int count, out bool isBatch)
    {
        entries = new RpcRequest[1];
        return RpcReader.Read(body, DepthMax, BatchMax, ref entries, out count, out isBatch);
    }
}
