using System.Text;
using Sluice.Chains.Evm;
using Sluice.Gateway.Rules;
using Sluice.Unit.Chains.Evm;
using Xunit;

namespace Sluice.Unit.Gateway.Rules;

/// <summary>In the calls, A stands for a listed address, B for another listed one, and X for one that is not.</summary>
public sealed class ContractRuleTests
{
    private const string A = "0xaAaAaAaaAaAaAaaAaAAAAAAAAaaaAaAaAaaAaaAa";
    private const string B = "0x00000000000000000000000000000000000000bb";
    private const string X = "0x000000000000000000000000000000000000dead";

    private static readonly CompiledRules Rules = CompiledRules.Compile([], [], [A, B], [], [], []);

    [Theory]
    [InlineData("eth_chainId", "")]
    [InlineData("eth_chainId", "[]")]
    [InlineData("eth_getBlockByNumber", "['latest',true]")]
    [InlineData("eth_getBlockReceipts", "['latest']")]
    [InlineData("eth_newBlockFilter", "[]")]
    [InlineData("eth_getFilterChanges", "['0x1']")]
    [InlineData("eth_unsubscribe", "['0x1']")]
    [InlineData("eth_subscribe", "['newHeads']")]
    [InlineData("eth_subscribe", "['newPendingTransactions',true]")]
    [InlineData("eth_subscribe", "['logs',{'address':'A','topics':[null,['0x1']]}]")]
    [InlineData("eth_call", "[{'to':'A'}]")]
    [InlineData("eth_call", " [ { 'from' : 'X' , 'to' : 'A' , 'data':'0x','input':'0x' } , 'latest' ] ")]
    [InlineData("eth_call", "[{'to':'A'},{'blockHash':'0x1','requireCanonical':true}]")]
    [InlineData("eth_call", "[{'to':'A','accessList':[{'address':'B','storageKeys':['0x1']}]},'latest']")]
    [InlineData("eth_call", "[{'to':'A','accessList':null},'latest',null,null]")]
    [InlineData("eth_call", "[{'to':'A'},'latest',{'B':{'balance':'0x1','stateDiff':{'0x0':'0x1'}}},{'baseFee':'0x1'}]")]
    [InlineData("eth_call", @"[{'\u0074o':'A'}]")]
    [InlineData("eth_call", @"[{'to':'0\u0078aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}]")]
    [InlineData("eth_call", "[{'to':'0xAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}]")]
    [InlineData("eth_estimateGas", "[{'to':'A','value':'0x1'}]")]
    [InlineData("eth_createAccessList", "[{'to':'A'},'latest']")]
    [InlineData("eth_sendTransaction", "[{'from':'X','to':'A','authorizationList':[{'chainId':'0x1','address':'B','nonce':'0x0','yParity':'0x0','r':'0x1','s':'0x1'}]}]")]
    [InlineData("eth_getLogs", "[{'address':'A','fromBlock':'0x1','toBlock':'latest'}]")]
    [InlineData("eth_getLogs", "[{'blockHash':'0x1','address':['A','B']}]")]
    [InlineData("eth_newFilter", "[{'address':['A']}]")]
    [InlineData("eth_getStorageAt", "['A','0x0','latest']")]
    [InlineData("eth_getCode", "['A','latest']")]
    [InlineData("eth_getBalance", "['A']")]
    [InlineData("eth_getTransactionCount", "['A',{'blockNumber':'0x1'}]")]
    [InlineData("eth_getProof", "['A',['0x0'],'latest']")]
    [InlineData("eth_callMany", "[[{'transactions':[{'to':'A'},{'to':'B'}],'blockOverride':{}}],{'blockNumber':'latest','transactionIndex':-1},{},5]")]
    [InlineData("eth_simulateV1", "[{'blockStateCalls':[{'blockOverrides':{'number':'0x1'},'stateOverrides':{'A':{'nonce':'0x1'}},'calls':[{'to':'A','accessList':[{'address':'B','storageKeys':['0x1']}]}]}],'validation':true},'latest']")]
    [InlineData("debug_traceCall", "[{'to':'A'},'latest',{'tracer':'callTracer','tracerConfig':{'onlyTopCall':true}}]")]
    [InlineData("debug_traceTransaction", "['0x1',{'tracer':'prestateTracer'}]")]
    [InlineData("trace_call", "[{'to':'A'},['trace','vmTrace'],'latest']")]
    [InlineData("trace_callMany", "[[[{'to':'A'},['trace']],[{'to':'B'},['trace']]],'latest']")]
    [InlineData("trace_filter", "[{'toAddress':['A'],'fromBlock':'0x1'}]")]
    public void Call_to_listed_contracts_passes(string method, string call) =>
        Assert.Equal(ContractVerdict.Allowed, Decide(method, call).Verdict);

    [Theory]
    [InlineData("eth_call", "[{'to':'X'}]")]
    [InlineData("eth_call", "[{'to':'A','accessList':[{'address':'X','storageKeys':[]}]}]")]
    [InlineData("eth_call", "[{'to':'A','accessList':[{'address':'A'},{'address':'X'}]}]")]
    [InlineData("eth_call", "[{'to':'A'},'latest',{'X':{'balance':'0x1'}}]")]
    [InlineData("eth_call", "[{'to':'A'},'latest',{'A':{},'X':{}}]")]
    [InlineData("eth_call", @"[{'to':'A'},'latest',{'0\u0078000000000000000000000000000000000000dead':{}}]")]
    [InlineData("eth_call", "[{'to':'A'},'latest',{'A':{'movePrecompileToAddress':'X'}}]")]
    [InlineData("eth_call", "[{'to':'A'},'latest',{},{'coinbase':'X'}]")]
    [InlineData("eth_call", "[{'to':'A','authorizationList':[{'address':'X'}]}]")]
    [InlineData("eth_call", @"[{'\u0074o':'X'}]")]
    [InlineData("eth_getLogs", "[{'address':['A','X']}]")]
    [InlineData("eth_getLogs", "[{'blockHash':'0x1','address':'X'}]")]
    [InlineData("eth_subscribe", "['logs',{'address':'X'}]")]
    [InlineData("eth_subscribe", @"['l\u006fgs',{'address':'X'}]")]
    [InlineData("eth_getStorageAt", "['X','0x0','latest']")]
    [InlineData("eth_getBalance", "['X']")]
    [InlineData("eth_getProof", "['X',[],'latest']")]
    [InlineData("eth_callMany", "[[{'transactions':[{'to':'A'}]},{'transactions':[{'to':'X'}]}]]")]
    [InlineData("eth_simulateV1", "[{'blockStateCalls':[{'calls':[{'to':'A'}]},{'calls':[{'to':'X'}]}]}]")]
    [InlineData("eth_simulateV1", "[{'blockStateCalls':[{'stateOverrides':{'X':{}},'calls':[{'to':'A'}]}]}]")]
    [InlineData("debug_traceCall", "[{'to':'A'},'latest',{'stateOverrides':{'X':{}}}]")]
    [InlineData("debug_traceTransaction", "['0x1',{'stateOverrides':{'X':{}}}]")]
    [InlineData("trace_callMany", "[[[{'to':'A'},['trace']],[{'to':'X'},['trace']]]]")]
    [InlineData("trace_filter", "[{'toAddress':['A'],'fromAddress':['X']}]")]
    public void Call_that_names_another_contract_is_refused_with_its_address(string method, string call)
    {
        var decision = Decide(method, call);
        Assert.Equal(ContractVerdict.NotListed, decision.Verdict);
        Assert.Equal(X, decision.Address.ToString());
        Assert.Contains(X, decision.Explain(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eth_call", "", ContractVerdict.AddressMissing)]
    [InlineData("eth_call", "null", ContractVerdict.AddressMissing)]
    [InlineData("eth_call", "[]", ContractVerdict.AddressMissing)]
    [InlineData("eth_call", "[null]", ContractVerdict.AddressMissing)]
    [InlineData("eth_call", "[{'data':'0x60'}]", ContractVerdict.Creation)]
    [InlineData("eth_call", "[{'to':null,'data':'0x60'}]", ContractVerdict.Creation)]
    [InlineData("eth_call", "[{'to':''}]", ContractVerdict.Creation)]
    [InlineData("eth_sendTransaction", "[{'data':'0x60'}]", ContractVerdict.Creation)]
    [InlineData("eth_call", "[{'to':'A','to':'A'}]", ContractVerdict.AmbiguousParams)]
    [InlineData("eth_call", @"[{'to':'A','\u0074o':'X'}]", ContractVerdict.AmbiguousParams)]
    [InlineData("eth_call", "[{'to':'A','TO':'X'}]", ContractVerdict.AmbiguousParams)]
    [InlineData("eth_call", "[{'To':'A'}]", ContractVerdict.AmbiguousParams)]
    [InlineData("eth_call", "[{'to':'A','paymaster':'X'}]", ContractVerdict.AmbiguousParams)]
    [InlineData("eth_getLogs", "[{'address':'A','addreſſ':'X'}]", ContractVerdict.AmbiguousParams)]
    [InlineData("eth_call", "{'to':'A'}", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[{'to':['A']}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[{'to':{'to':'A'}}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[['A']]", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "['A']", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[{'to':'0Xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[{'to':'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[{'to':'A00'}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[{'to':'0xaa'}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[{'to':'A '}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", @"[{'to':'\ud800'}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[{'to':'A'},'latest',{},{},{}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[{'to':'A'},'latest',['X']]", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[{'to':'A','accessList':[['X',[]]]}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[{'to':'A','accessList':[null]}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[{'to':'A','accessList':[{'storageKeys':[]}]}]", ContractVerdict.AddressMissing)]
    [InlineData("eth_call", "[{'to':'A'}] []", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[{'to':'A'}", ContractVerdict.MalformedParams)]
    [InlineData("eth_call", "[{'to':'A'},'latest',{'A':{'code':'0x60'}}]", ContractVerdict.ForeignCode)]
    [InlineData("eth_call", "[{'to':'A','blobs':[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_getLogs", "[]", ContractVerdict.AddressMissing)]
    [InlineData("eth_getLogs", "[{}]", ContractVerdict.AddressMissing)]
    [InlineData("eth_getLogs", "[{'blockHash':'0x1'}]", ContractVerdict.AddressMissing)]
    [InlineData("eth_getLogs", "[{'address':null}]", ContractVerdict.AddressMissing)]
    [InlineData("eth_getLogs", "[{'address':[]}]", ContractVerdict.AddressMissing)]
    [InlineData("eth_getLogs", "[{'address':['A',null]}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_getLogs", "[{'address':['A',['X']]}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_newFilter", "[{'topics':['0x1']}]", ContractVerdict.AddressMissing)]
    [InlineData("eth_subscribe", "[]", ContractVerdict.MalformedParams)]
    [InlineData("eth_subscribe", "['logs']", ContractVerdict.AddressMissing)]
    [InlineData("eth_subscribe", "['logs',null]", ContractVerdict.AddressMissing)]
    [InlineData("eth_subscribe", "['logs',{}]", ContractVerdict.AddressMissing)]
    [InlineData("eth_subscribe", "['logs',{'address':'A'},{'address':'X'}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_subscribe", "['newHeads',{'address':'X'}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_subscribe", "['minedTransactions']", ContractVerdict.UnknownMethod)]
    [InlineData("eth_getBalance", "[]", ContractVerdict.AddressMissing)]
    [InlineData("eth_getProof", "[null,[]]", ContractVerdict.AddressMissing)]
    [InlineData("eth_simulateV1", "[{'blockStateCalls':[]}]", ContractVerdict.AddressMissing)]
    [InlineData("eth_simulateV1", "[{'blockStateCalls':[{'calls':[{'data':'0x'}]}]}]", ContractVerdict.Creation)]
    [InlineData("eth_callMany", "[[]]", ContractVerdict.AddressMissing)]
    [InlineData("trace_filter", "[{'fromBlock':'0x1'}]", ContractVerdict.AddressMissing)]
    [InlineData("trace_filter", "[{'toAddress':[],'fromAddress':['A']}]", ContractVerdict.AddressMissing)]
    [InlineData("debug_traceCall", "[{'to':'A'},'latest',{'tracer':'{result:function(){}}'}]", ContractVerdict.ForeignCode)]
    [InlineData("debug_traceBlockByNumber", "['0x1',{'tracer':'muxTracer'}]", ContractVerdict.ForeignCode)]
    [InlineData("eth_sendRawTransaction", "[]", ContractVerdict.AddressMissing)]
    [InlineData("eth_sendRawTransaction", "[{'to':'A'}]", ContractVerdict.MalformedParams)]
    [InlineData("eth_sendRawTransaction", "['0x']", ContractVerdict.MalformedTransaction)]
    [InlineData("eth_sendRawTransaction", "['0xzz']", ContractVerdict.MalformedTransaction)]
    [InlineData("eth_sendRawTransaction", "['0xc0']", ContractVerdict.MalformedTransaction)]
    [InlineData("eth_sendRawTransaction", "['0x05c0']", ContractVerdict.UnknownTransactionType)]
    [InlineData("eth_sendUserOperation", "[{'to':'A'}]", ContractVerdict.UnknownMethod)]
    [InlineData("ETH_CALL", "[{'to':'A'}]", ContractVerdict.UnknownMethod)]
    [InlineData("eth_call ", "[{'to':'A'}]", ContractVerdict.UnknownMethod)]
    [InlineData("", "[]", ContractVerdict.UnknownMethod)]
    public void Call_that_cannot_be_vouched_for_is_refused(string method, string call, ContractVerdict verdict)
    {
        Assert.Equal(verdict, Decide(method, call).Verdict);
        Assert.NotEmpty(Decide(method, call).Explain());
    }

    [Theory]
    [InlineData(SignedTransactions.LegacyWithoutChain, "1")]
    [InlineData(SignedTransactions.LegacyWithChain, "1")]
    [InlineData(SignedTransactions.AccessList, "123")]
    [InlineData(SignedTransactions.DynamicFee, "123")]
    [InlineData(SignedTransactions.Blob, "12")]
    [InlineData(SignedTransactions.SetCode, "124")]
    public void Raw_transaction_needs_each_of_its_addresses_listed(string raw, string digits)
    {
        var addresses = digits.Select(digit => "0x" + new string(digit, 40)).ToArray();
        Assert.True(DecideRaw(raw, addresses).Allowed);
        Assert.True(DecideRaw("0x" + raw[2..].ToUpperInvariant(), addresses).Allowed);
        foreach (var missing in addresses)
        {
            var decision = DecideRaw(raw, [.. addresses.Where(address => address != missing), A]);
            Assert.Equal(ContractVerdict.NotListed, decision.Verdict);
            Assert.Equal(missing, decision.Address.ToString());
        }
    }

    [Theory]
    [InlineData(SignedTransactions.LegacyCreation)]
    [InlineData(SignedTransactions.DynamicFeeCreation)]
    public void Raw_transaction_that_creates_is_refused(string raw) =>
        Assert.Equal(ContractVerdict.Creation, DecideRaw(raw, [A]).Verdict);

    [Fact]
    public void Raw_transaction_with_its_blobs_is_decoded()
    {
        var blobs = Rlp.List(Rlp.Text(new byte[131_072]));
        var points = Rlp.List(Rlp.Text(new byte[48]));
        var body = Convert.FromHexString(SignedTransactions.Blob.AsSpan(4));
        var raw = "0x03" + Convert.ToHexStringLower(Rlp.List(body, blobs, points, points));

        Assert.True(DecideRaw(raw, ["0x" + new string('1', 40), "0x" + new string('2', 40)]).Allowed);
        Assert.Equal(ContractVerdict.NotListed, DecideRaw(raw, ["0x" + new string('1', 40)]).Verdict);
    }

    [Fact]
    public void Invalid_utf8_is_refused()
    {
        byte[] call = [.. "[{\"to\":\""u8, 0xff, 0xfe, .. "\\u0061\"}]"u8];
        Assert.Equal(ContractVerdict.MalformedParams, Rules.CheckContracts("eth_call"u8, call).Verdict);
        Assert.Equal(ContractVerdict.UnknownMethod, Rules.CheckContracts([0xff], call).Verdict);
    }

    [Fact]
    public void Check_allocates_nothing()
    {
        var call = Json("[{'from':'X','to':'A','data':'0x70a08231','accessList':[{'address':'B','storageKeys':[]}]},'latest']");
        var raw = Json($"['{SignedTransactions.LegacyWithChain}']");
        Assert.True(Rules.CheckContracts("eth_call"u8, call).Allowed);
        Assert.False(Rules.CheckContracts("eth_sendRawTransaction"u8, raw).Allowed);
        Assert.Equal(0, Allocated.Least(100, () =>
        {
            Rules.CheckContracts("eth_call"u8, call);
            Rules.CheckContracts("eth_sendRawTransaction"u8, raw);
        }));
    }

    [Fact]
    public void User_guide_names_every_method_that_is_known()
    {
        var guide = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "rules.md"));
        Assert.All(ContractMethods.Names, name => Assert.Contains($"`{name}`", guide, StringComparison.Ordinal));
    }

    private static ContractDecision Decide(string method, string call) =>
        Rules.CheckContracts(Encoding.UTF8.GetBytes(method), Json(call));

    private static ContractDecision DecideRaw(string raw, string[] listed) =>
        CompiledRules.Compile([], [], listed, [], [], [])
            .CheckContracts("eth_sendRawTransaction"u8, Json($"['{raw}']"));

    private static byte[] Json(string call) => Encoding.UTF8.GetBytes(call
        .Replace("'A", $"'{A}", StringComparison.Ordinal)
        .Replace("'B", $"'{B}", StringComparison.Ordinal)
        .Replace("'X", $"'{X}", StringComparison.Ordinal)
        .Replace('\'', '"'));
}
