using Sluice.Gateway.PlainHttp;
using Sluice.Gateway.Steps;
using Sluice.Gateway.WebSockets;

namespace Sluice.Gateway;

/// <summary>The steps that come after a caller is known, and the two other shapes of traffic.</summary>
internal sealed record CallSteps(
    Hold Hold, Recall Recall, Route Route, Meter Meter, RefusalBook Refusals, Passage Passage, Sockets Sockets);
