using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// Whether mail reaches anybody: to be asked before what begins with a mail. This room may not open Notices, so the
/// host tells it; without one registered mail counts as open.
/// </summary>
public interface IMailGate
{
    /// <summary>Null while mail is open; otherwise the refusal that says what to set.</summary>
    Refusal? Closed { get; }
}

/// <summary>Mail is open.</summary>
internal sealed class OpenMail : IMailGate
{
    public Refusal? Closed => null;
}
