namespace Sluice.Gateway;

/// <summary>
/// A refusal or failure that the gateway itself answers with: an HTTP status, a JSON-RPC code for services that speak
/// it, and a stable problem type for the others. docs/errors.md lists them all.
/// </summary>
/// <param name="Type">Stands in the problem's <c>type</c> and in the JSON-RPC error's <c>data.type</c>.</param>
internal sealed record GatewayError(string Type, int Status, int RpcCode, string Message)
{
    // What the client sent cannot be read.
    public static readonly GatewayError NotJson = new(
        "rpc.parse", 400, -32700, "The body is not valid JSON in UTF-8.");
    public static readonly GatewayError TooDeep = new(
        "rpc.depth", 400, -32600, "The JSON is nested too deeply for this service.");
    public static readonly GatewayError EmptyBatch = new(
        "rpc.batch-empty", 400, -32600, "The batch is empty; send at least one request.");
    public static readonly GatewayError BatchTooLong = new(
        "rpc.batch-long", 413, -32600, "The batch has more requests than this service takes at once.");
    public static readonly GatewayError NotARequest = new(
        "rpc.request", 400, -32600, "A request must be a JSON object.");
    public static readonly GatewayError BadVersion = new(
        "rpc.version", 400, -32600, "The member \"jsonrpc\" must be the string \"2.0\".");
    public static readonly GatewayError BadMethod = new(
        "rpc.method", 400, -32600, "The member \"method\" must be a string that is not empty.");
    public static readonly GatewayError BadParams = new(
        "rpc.params", 400, -32602, "The member \"params\" must be an array or an object.");
    public static readonly GatewayError BadId = new(
        "rpc.id", 400, -32600, "The member \"id\" must be a string, a number or null.");
    public static readonly GatewayError DuplicateMember = new(
        "rpc.duplicate", 400, -32600, "A member of the request stands in it twice.");
    public static readonly GatewayError BodyTooLarge = new(
        "request.large", 413, -32600, "The body is larger than this service takes.");
    public static readonly GatewayError BadEncoding = new(
        "request.encoding", 400, -32700, "The body's Content-Encoding could not be undone.");
    public static readonly GatewayError UnknownEncoding = new(
        "request.encoding-unknown", 415, -32600, "Only gzip, br and identity are understood as Content-Encoding.");
    public static readonly GatewayError BodyBroken = new(
        "request.broken", 400, -32600, "The body ended before it was whole.");
    public static readonly GatewayError BodySlow = new(
        "request.slow", 408, -32600, "The body came too slowly.");
    public static readonly GatewayError BadTarget = new(
        "request.target", 400, -32600, "The path may not hold dot segments, control characters or a fragment.");
    public static readonly GatewayError MethodNotAllowed = new(
        "request.method", 405, -32600, "This service speaks JSON-RPC: send a POST, or open a WebSocket.");
    public static readonly GatewayError VerbNotAllowed = new(
        "request.verb", 405, -32600, "CONNECT and TRACE are not passed on.");
    public static readonly GatewayError NoSockets = new(
        "request.socket", 400, -32600, "This WebSocket request cannot be accepted.");

    // Who calls, and where to.
    public static readonly GatewayError NoService = new(
        "service.unknown", 404, -32004, "There is no such service.");
    public static readonly GatewayError NoServiceNamed = new(
        "service.missing", 400, -32004,
        "Name a service: /v1/{service}, {service}.{host}, or /v1 with the header Target-Service-Id.");
    public static readonly GatewayError ServiceDisabled = new(
        "service.disabled", 404, -32004, "This service is not enabled here.");
    public static readonly GatewayError NoPathHere = new(
        "service.path", 404, -32004, "This service speaks JSON-RPC at one address; leave out the rest of the path.");
    public static readonly GatewayError KeyMissing = new(
        "key.missing", 401, -32001, "Send a key: Authorization: Bearer, or X-API-Key.");
    public static readonly GatewayError KeyUnknown = new(
        "key.unknown", 401, -32001, "The key is not known here. It may have been revoked, or mistyped.");
    public static readonly GatewayError KeyExpired = new(
        "key.expired", 401, -32001, "The key has expired.");
    public static readonly GatewayError OrganizationSuspended = new(
        "organization.suspended", 403, -32002, "The organization that this key belongs to is suspended.");
    public static readonly GatewayError SecretInUrl = new(
        "key.secret-in-url", 401, -32001,
        "A secret key may not stand in a URL. Use a publishable key there, and rotate this one: it may have been logged.");

    // The app's rules and the plan.
    public static readonly GatewayError ServiceForbidden = new(
        "rule.service", 403, -32002, "The app's rules do not allow this service.");
    public static readonly GatewayError PlanForbids = new(
        "plan.service", 403, -32002, "The organization's plan does not include this service.");
    public static readonly GatewayError MethodForbidden = new(
        "rule.method", 403, -32002, "The app's rules do not allow this method.");
    public static readonly GatewayError ContractForbidden = new(
        "rule.contract", 403, -32002, "The app's rules do not allow this call's contract address.");
    public static readonly GatewayError OriginForbidden = new(
        "rule.origin", 403, -32002, "The app's rules do not allow this origin.");
    public static readonly GatewayError AgentForbidden = new(
        "rule.user-agent", 403, -32002, "The app's rules do not allow this user agent.");
    public static readonly GatewayError NetworkForbidden = new(
        "rule.network", 403, -32002, "The app's rules do not allow this IP address.");
    public static readonly GatewayError MethodUnlisted = new(
        "service.method", 403, -32601, "The service does not offer this method.");

    // Limits.
    public static readonly GatewayError RateLimited = new(
        "limit.rate", 429, -32005, "Too many requests in this second.");
    public static readonly GatewayError UnitsLimited = new(
        "limit.units", 429, -32005, "Too many compute units in this second.");
    public static readonly GatewayError QuotaUsedUp = new(
        "limit.quota", 429, -32005, "The quota of compute units is used up.");
    public static readonly GatewayError QuotaUnknown = new(
        "limit.quota-unknown", 503, -32014,
        "The quota cannot be checked right now, and what this gateway held of it is used up. Try again shortly.");
    public static readonly GatewayError TooManySockets = new(
        "limit.sockets", 429, -32005, "This key, or this gateway, has as many sockets open as are allowed.");
    public static readonly GatewayError TooManySubscriptions = new(
        "limit.subscriptions", 429, -32005, "This socket has as many subscriptions as the service allows.");

    // What the upstreams, or the gateway, could not do.
    public static readonly GatewayError UpstreamFailed = new(
        "upstream.failed", 502, -32010, "The upstream gave no usable answer.");
    public static readonly GatewayError UpstreamTooLarge = new(
        "upstream.large", 502, -32010, "The upstream's answer is larger than this service passes on.");
    public static readonly GatewayError NoUpstream = new(
        "upstream.none", 503, -32011, "No upstream of this service can take the call right now.");
    public static readonly GatewayError UpstreamTimeout = new(
        "upstream.timeout", 504, -32012, "The upstream did not answer in time.");
    public static readonly GatewayError CannotMeter = new(
        "meter.full", 503, -32013,
        "The gateway cannot record usage right now, so it takes no calls that count. Try again shortly.");
    public static readonly GatewayError Draining = new(
        "gateway.draining", 503, -32013, "This gateway is shutting down. Try again.");
    public static readonly GatewayError Internal = new(
        "gateway.internal", 500, -32603, "The gateway failed. The request id tells the operator where to look.");

    /// <summary>All of them, for the documentation's test.</summary>
    public static IEnumerable<GatewayError> All =>
        typeof(GatewayError).GetFields(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
            .Select(member => member.GetValue(null)).OfType<GatewayError>();
}
