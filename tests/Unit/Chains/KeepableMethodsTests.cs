using Sluice.Chains;
using Sluice.Gateway.Snapshot;
using Xunit;

namespace Sluice.Unit.Chains;

public sealed class KeepableMethodsTests
{
    [Theory]
    [InlineData("eth_chainId"), InlineData("net_version"), InlineData("eth_blockNumber"), InlineData("eth_getBlockByHash"),
        InlineData("eth_call"), InlineData("eth_getLogs"), InlineData("trace_filter"), InlineData("eth_accounts"),
        InlineData("getGenesisHash"), InlineData("getTransactionCount"), InlineData("getSlot"), InlineData("genesis"),
        InlineData("status"), InlineData("getSettings"), InlineData("settle"), InlineData("getSignaturesForAddress"), InlineData("x")]
    public void Answers_that_are_the_same_for_all_may_be_kept(string method) => Assert.Null(KeepableMethods.WhyNot(method));

    [Theory]
    [InlineData("eth_sendRawTransaction"), InlineData("eth_sendTransaction"), InlineData("eth_sendUserOperation"),
        InlineData("sendTransaction"), InlineData("sendrawtransaction"), InlineData("requestAirdrop"), InlineData("eth_sign"),
        InlineData("eth_signTypedData_v4"), InlineData("broadcast_tx_commit"), InlineData("broadcast_evidence"), InlineData("submitblock"),
        InlineData("eth_submitWork"), InlineData("eth_subscribe"), InlineData("eth_unsubscribe"), InlineData("logsSubscribe"),
        InlineData("unsubscribe_all"), InlineData("eth_newFilter"), InlineData("eth_newPendingTransactionFilter"),
        InlineData("eth_getFilterChanges"), InlineData("eth_getFilterLogs"), InlineData("eth_uninstallFilter"),
        InlineData("eth_getTransactionCount"), InlineData("parity_nextNonce"), InlineData("txpool_content"), InlineData("evm_snapshot"),
        InlineData("anvil_mine"), InlineData("personal_unlockAccount"), InlineData("debug_setHead")]
    public void Answers_of_deeds_filters_and_nonces_may_not(string method)
    {
        Assert.NotNull(KeepableMethods.WhyNot(method));
        Assert.Equal(0, new Method(method, 1, 1, listed: true, keepMs: 1000).KeepMs);
    }

    [Theory]
    [InlineData("eth_sendTransaction"), InlineData("eth_sign"), InlineData("eth_signTransaction"), InlineData("requestAirdrop"),
        InlineData("eth_newFilter"), InlineData("eth_newBlockFilter"), InlineData("eth_newPendingTransactionFilter"),
        InlineData("personal_x"), InlineData("admin_x"), InlineData("miner_x"), InlineData("anvil_x"), InlineData("hardhat_x"), InlineData("evm_x")]
    public void What_is_never_sent_twice_is_never_kept(string method)
    {
        Assert.False(new Method(method, 1, 1, listed: true).Repeatable);
        Assert.NotNull(KeepableMethods.WhyNot(method));
    }
}
