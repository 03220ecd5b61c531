using Sluice.Chains.Evm;

namespace Sluice.Gateway.Rules;

public enum ContractVerdict
{
    /// <summary>No contract rule, no address in the call, or every address is listed.</summary>
    Allowed,
    /// <summary>An address that is not listed: <see cref="ContractDecision.Address"/>.</summary>
    NotListed,
    /// <summary>The call should name an address and does not: it would reach every contract.</summary>
    AddressMissing,
    /// <summary>The transaction has no receiver: it creates a contract.</summary>
    Creation,
    /// <summary>It is not known where this method's addresses are.</summary>
    UnknownMethod,
    /// <summary>Not the method's params: wrong JSON, wrong shape, or an address that is none.</summary>
    MalformedParams,
    /// <summary>A member that is unknown or stands twice: the upstream might read another address from it.</summary>
    AmbiguousParams,
    /// <summary>Not the canonical encoding of a signed transaction.</summary>
    MalformedTransaction,
    /// <summary>A transaction type of which nothing is known here.</summary>
    UnknownTransactionType,
    /// <summary>Replaced code or a custom tracer: what runs would not be the listed contract.</summary>
    ForeignCode,
}

/// <summary>What a contract rule says to a call.</summary>
/// <param name="Address">The address at fault when <see cref="Verdict"/> is <see cref="ContractVerdict.NotListed"/>.</param>
public readonly record struct ContractDecision(ContractVerdict Verdict, EvmAddress Address = default)
{
    public bool Allowed => Verdict == ContractVerdict.Allowed;

    /// <summary>A sentence for the caller. Allocates: for refusals only.</summary>
    public string Explain() => Verdict switch
    {
        ContractVerdict.Allowed => "Allowed.",
        ContractVerdict.NotListed => $"The contract {Address} is not among those of the app.",
        ContractVerdict.AddressMissing => "The app is restricted to contracts: the call must name an address.",
        ContractVerdict.Creation => "The app is restricted to contracts: it may not create one.",
        ContractVerdict.UnknownMethod => "The app is restricted to contracts, and this method cannot be checked for them.",
        ContractVerdict.MalformedParams => "The app is restricted to contracts, and the params are not those of the method.",
        ContractVerdict.AmbiguousParams =>
            "The app is restricted to contracts: params may not repeat members or have unknown ones.",
        ContractVerdict.MalformedTransaction => "The app is restricted to contracts, and the raw transaction cannot be decoded.",
        ContractVerdict.UnknownTransactionType => "The app is restricted to contracts, and the transaction's type is not known.",
        ContractVerdict.ForeignCode => "The app is restricted to contracts: code overrides and custom tracers are refused.",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
