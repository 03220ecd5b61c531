using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>How an installation gets its first operator.</summary>
public interface IFirstOperators
{
    /// <summary>
    /// Makes the accounts that the settings name, and a one-time link to whoever reads the console as long as there is no
    /// operator. Run at every start; several processes at once make each account once.
    /// </summary>
    Task<Result<OperatorLink?>> Ensure(CancellationToken ct = default);
}

/// <param name="Link">A whole address; works once, for one hour. Not for a log.</param>
/// <param name="Email">Whose address it proves; null where it makes the first operator, of whatever address.</param>
public sealed record OperatorLink(string Link, string? Email);
