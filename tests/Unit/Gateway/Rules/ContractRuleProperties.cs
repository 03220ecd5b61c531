using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Gateway.Rules;
using Sluice.Unit.Chains.Evm;
using Xunit;

namespace Sluice.Unit.Gateway.Rules;

public sealed class ContractRuleProperties
{
    private const string Listed = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    /// <summary>Every place in which a call can name an address; `?` is that address.</summary>
    private static readonly (string Method, string Params)[] Places =
    [
        ("eth_call", "[{'to':'?'}]"),
        ("eth_call", "[{'to':'A','accessList':[{'address':'?','storageKeys':[]}]}]"),
        ("eth_call", "[{'to':'A','authorizationList':[{'address':'?'}]}]"),
        ("eth_call", "[{'to':'A'},'latest',{'?':{}}]"),
        ("eth_call", "[{'to':'A'},'latest',{'A':{'movePrecompileToAddress':'?'}}]"),
        ("eth_call", "[{'to':'A'},'latest',null,{'feeRecipient':'?'}]"),
        ("eth_estimateGas", "[{'to':'?'}]"),
        ("eth_createAccessList", "[{'to':'?'}]"),
        ("eth_sendTransaction", "[{'to':'?'}]"),
        ("eth_signTransaction", "[{'to':'?'}]"),
        ("eth_fillTransaction", "[{'to':'?'}]"),
        ("eth_getLogs", "[{'address':'?'}]"),
        ("eth_getLogs", "[{'address':['A','?']}]"),
        ("eth_newFilter", "[{'address':'?'}]"),
        ("eth_subscribe", "['logs',{'address':['?']}]"),
        ("eth_getBalance", "['?']"),
        ("eth_getTransactionCount", "['?','latest']"),
        ("eth_getCode", "['?','latest']"),
        ("eth_getAccount", "['?','latest']"),
        ("eth_getStorageAt", "['?','0x0','latest']"),
        ("eth_getProof", "['?',['0x0'],'latest']"),
        ("txpool_contentFrom", "['?']"),
        ("eth_callMany", "[[{'transactions':[{'to':'A'},{'to':'?'}]}]]"),
        ("eth_callMany", "[[{'transactions':[{'to':'A'}]}],{},{'?':{}}]"),
        ("eth_simulateV1", "[{'blockStateCalls':[{'calls':[{'to':'?'}]}]}]"),
        ("debug_traceCall", "[{'to':'?'},'latest',{}]"),
        ("debug_traceCallMany", "[[{'transactions':[{'to':'?'}]}]]"),
        ("trace_call", "[{'to':'?'},['trace']]"),
        ("trace_callMany", "[[[{'to':'?'},['trace']]]]"),
        ("trace_filter", "[{'fromAddress':['?']}]"),
        ("trace_filter", "[{'toAddress':'?'}]"),
    ];

    private static readonly CompiledRules Rules = CompiledRules.Compile([], [], [Listed], [], [], []);

    private static readonly Gen<byte[]> Addresses =
        Gen.Choose(0, 255).ArrayOf(20).Select(values => Array.ConvertAll(values, value => (byte)value));

    [Fact]
    public void Listed_address_passes_in_every_place() =>
        Assert.All(Places, place => Assert.True(Decide(place, Listed, Escape.None).Allowed, place.ToString()));

    [Fact]
    public void Address_that_is_not_listed_never_passes_in_any_place() =>
        Law.Holds(2_000, Prop.ForAll(
            Gen.Elements(Places).ToArbitrary(),
            Addresses.ToArbitrary(),
            Gen.Elements(Escape.None, Escape.Upper, Escape.Unicode).ToArbitrary(),
            (place, address, escape) =>
                Decide(place, "0x" + Convert.ToHexStringLower(address), escape).Verdict == ContractVerdict.NotListed));

    [Fact]
    public void Raw_transaction_to_an_address_that_is_not_listed_never_passes() =>
        Law.Holds(Prop.ForAll(
            Gen.Elements(
                SignedTransactions.LegacyWithoutChain, SignedTransactions.LegacyWithChain,
                SignedTransactions.AccessList, SignedTransactions.DynamicFee, SignedTransactions.Blob,
                SignedTransactions.SetCode).ToArbitrary(),
            Addresses.ToArbitrary(),
            (raw, address) =>
            {
                var rules = CompiledRules.Compile([], [],
                    [.. "234".Select(digit => "0x" + new string(digit, 40))], [], [], []);
                raw = raw.Replace(new string('1', 40), Convert.ToHexStringLower(address), StringComparison.Ordinal);
                var decision = rules.CheckContracts("eth_sendRawTransaction"u8, Encoding.UTF8.GetBytes($"[\"{raw}\"]"));
                return decision.Verdict == ContractVerdict.NotListed;
            }));

    [Fact]
    public void Garbage_never_throws_and_never_passes() =>
        Law.Holds(1_000, Prop.ForAll(
            Gen.Elements(Places).ToArbitrary(),
            ArbMap.Default.ArbFor<byte[]>(),
            (place, bytes) => !Rules.CheckContracts(Encoding.UTF8.GetBytes(place.Method), bytes).Allowed));

    [Fact]
    public void Damaged_call_to_another_contract_never_throws_and_never_passes() =>
        Law.Holds(3_000, Prop.ForAll(
            Gen.Elements(Places).ToArbitrary(),
            ArbMap.Default.ArbFor<(PositiveInt At, byte Value, PositiveInt To, byte Other)>(),
            (place, change) =>
            {
                // Two changed bytes cannot make the one listed address out of the other.
                var bytes = Json(place.Params, "0x1234567890123456789012345678901234567890");
                bytes[change.At.Get % bytes.Length] = change.Value;
                bytes[change.To.Get % bytes.Length] = change.Other;
                return !Rules.CheckContracts(Encoding.UTF8.GetBytes(place.Method), bytes).Allowed;
            }));

    private enum Escape { None, Upper, Unicode }

    private static ContractDecision Decide((string Method, string Params) place, string address, Escape escape) =>
        Rules.CheckContracts(Encoding.UTF8.GetBytes(place.Method), Json(place.Params, escape switch
        {
            Escape.Upper => "0x" + address[2..].ToUpperInvariant(),
            Escape.Unicode => string.Concat(address.Select(unit => $"\\u{(int)unit:x4}")),
            _ => address,
        }));

    private static byte[] Json(string call, string address) => Encoding.UTF8.GetBytes(call
        .Replace("'A'", $"'{Listed}'", StringComparison.Ordinal)
        .Replace("?", address, StringComparison.Ordinal)
        .Replace('\'', '"'));
}
