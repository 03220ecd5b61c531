namespace Sluice.Gateway.Rules;

/// <summary>What an origin rule says to a request's <c>Origin</c> header.</summary>
public enum OriginDecision
{
    /// <summary>No origin rule: every origin may call, and none is echoed.</summary>
    Unrestricted,
    /// <summary>Listed: the header goes back as <c>Access-Control-Allow-Origin</c>, with <c>Vary: Origin</c>.</summary>
    Allowed,
    /// <summary>Refused: the rule needs the header and the request has none.</summary>
    Missing,
    /// <summary>Refused: not an origin, or not one that is listed.</summary>
    Refused,
}
