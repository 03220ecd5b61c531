using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sluice.Gateway.Steps;
using Sluice.Gateway.Upstreams;
using Sluice.Kernel.Journal;
using Yarp.ReverseProxy.Forwarder;

namespace Sluice.Gateway.PlainHttp;

/// <summary>
/// Plain HTTP services: admits, holds, forwards and meters a call of any method and path. Bodies stream both ways;
/// nothing is kept but what a piece of a stream needs.
/// </summary>
internal sealed class Passage(IHttpForwarder forwarder, Admit admit, Hold hold, RefusalBook refusals, Recorder recorder)
{
    /// <summary>How often a call is sent again that the upstream said it had not begun.</summary>
    private const int UnbegunMax = 8;

    // The deadlines are Transit's own; the forwarder's must be a number and may never be the first.
    private static readonly TimeSpan Never = TimeSpan.FromDays(7);

    private static readonly ForwarderRequestConfig Negotiated = new()
    {
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        ActivityTimeout = Never,
    };

    // Without TLS there is nothing to negotiate with: gRPC to such an upstream is HTTP/2 by prior knowledge.
    private static readonly ForwarderRequestConfig Http2Only = new()
    {
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        ActivityTimeout = Never,
    };

    public async Task Run(Exchange x)
    {
        var request = x.Http.Request;
        var e = x[0];
        x.Count = 1;
        e.Method = x.Service!.Methods.FindRoute(request.Method, Target.Priced(x.Rest));
        e.Units = e.Method.Units;
        e.Refused = Check(x);
        if (e.Refused.Yes || !admit.Run(x, e, default, default) || !await Held(x, e).ConfigureAwait(false))
        {
            e.Outcome = Outcome.Refused;
            refusals.Record(x, e, e.Refused);
            await Refuse(x, e).ConfigureAwait(false);
            return;
        }
        using var transit = new Transit(x, e, recorder);
        PrepareBody(x, transit);
        var failure = await Forward(x, e, transit).ConfigureAwait(false);
        await Conclude(x, e, transit, failure).ConfigureAwait(false);
    }

    private async ValueTask<bool> Held(Exchange x, Entry e)
    {
        if (await hold.Run(x, e).ConfigureAwait(false)) return true;
        Admit.PutBack(x, e);
        return false;
    }

    private static Refused Check(Exchange x)
    {
        var request = x.Http.Request;
        if (HttpMethods.IsTrace(request.Method) || HttpMethods.IsConnect(request.Method))
            return new Refused(GatewayError.VerbNotAllowed);
        return request.ContentLength > x.Service!.Config.RequestBytesMax ? new Refused(GatewayError.BodyTooLarge) : default;
    }

    private static void PrepareBody(Exchange x, Transit transit)
    {
        var http = x.Http;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = x.Service!.Config.RequestBytesMax;
        http.Request.Body = transit.Upload;
        // An upgrade would be a stream that nobody measures; sockets have their own way.
        http.Request.Headers.Remove("Upgrade");
    }

    /// <summary>Sends the call to one upstream after the other, as far as that is safe. Says how it ended.</summary>
    private async Task<Failure> Forward(Exchange x, Entry e, Transit transit)
    {
        var config = x.Service!.Config;
        var upstreams = x.Service.Upstreams;
        var harmless = IsHarmless(x.Http);
        var (tried, failure, unbegun, dropped) = (0UL, Failure.NoUpstream, 0, 0);
        for (var attempt = 1; attempt <= config.AttemptsMax; attempt++)
        {
            var pick = Choice.Pick(upstreams, tried, Environment.TickCount64);
            if (pick < 0) break;
            if (e.UpstreamCalls > 0) transit.Undo();
            tried |= 1UL << pick;
            transit.Begin(upstreams[pick], harmless && attempt < Math.Min(config.AttemptsMax, upstreams.Length));
            failure = await Send(x, e, transit).ConfigureAwait(false);
            var again = failure switch
            {
                Failure.NotSent or Failure.Unbegun => !transit.Upload.Begun,
                Failure.Fault or Failure.Dropped or Failure.Timeout => harmless && !transit.Answered,
                Failure.Unwell => true,
                _ => false,
            };
            if (!again || x.Http.Response.HasStarted || x.Http.RequestAborted.IsCancellationRequested) break;
            // What it had not begun, it may have again; what became of the other is not known, and harms nobody twice.
            var same = failure switch
            {
                Failure.Unbegun => unbegun++ < UnbegunMax,
                Failure.Dropped => dropped++ == 0,
                _ => false,
            };
            if (!same) continue;
            tried &= ~(1UL << pick);
            if (failure == Failure.Unbegun) attempt--;
        }
        return failure;
    }

    private async Task<Failure> Send(Exchange x, Entry e, Transit transit)
    {
        var upstream = transit.Upstream;
        e.Upstream = upstream;
        e.UpstreamCalls++;
        upstream.Begin();
        var from = recorder.Time.GetTimestamp();
        var fault = true;
        try
        {
            var error = await forwarder.SendAsync(
                x.Http, upstream.Config.Url.AbsoluteUri, upstream.Forwarding.Value, VersionFor(x.Http, upstream), transit,
                transit.Deadline).ConfigureAwait(false);
            var failure = Judge(x, transit, error);
            fault = failure is Failure.Fault or Failure.Dropped or Failure.Timeout or Failure.NotSent or Failure.Unwell
                    or Failure.Broken
                || (failure == Failure.None && e.Status is 502 or 503 or 504);
            return failure;
        }
        finally
        {
            e.UpstreamMicros += (uint)Math.Min(recorder.Time.GetElapsedTime(from).TotalMicroseconds, uint.MaxValue / 2);
            upstream.End(fault, Environment.TickCount64);
        }
    }

    private static Failure Judge(Exchange x, Transit transit, ForwarderError error)
    {
        if (transit.Withheld is { } withheld) return withheld == Withheld.Unwell ? Failure.Unwell : Failure.Fault;
        if (error == ForwarderError.None) return Failure.None;
        if (transit.Upload.TooLarge) return Failure.TooLarge;
        if (transit.ClientStalled) return Failure.ClientGone;
        // The record of the whole answer was written, or could not be: nothing changes that.
        if (transit.Ended) return Failure.Ended;
        // An upstream cannot be blamed for an answer to what the client has not sent yet.
        var waits = transit.Upload.Waiting && !transit.Answered && !IsGrpc(x.Http.Request.ContentType);
        if (transit.Upload.TooSlow || (transit.TimedOut && waits))
            return transit.Delivered > 0 ? Failure.ClientGone : Failure.TooSlow;
        if (transit.TimedOut) return transit.Delivered > 0 ? Failure.Broken : Failure.Timeout;
        if (error is ForwarderError.ResponseBodyDestination) return transit.Delivered > 0 ? Failure.Broken : Failure.Fault;
        if (transit.Upload.Broken || error is ForwarderError.ResponseBodyClient || x.Http.RequestAborted.IsCancellationRequested)
            return Failure.ClientGone;
        return x.Http.Features.Get<IForwarderErrorFeature>()?.Exception switch
        {
            HttpRequestException failed when HttpTransport.IsUnbegun(failed) => Failure.Unbegun,
            HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError or HttpRequestError.VersionNegotiationError,
            } => Failure.NotSent,
            HttpRequestException { InnerException: IOException } when !transit.Answered => Failure.Dropped,
            _ => Failure.Fault,
        };
    }

    private async ValueTask Conclude(Exchange x, Entry e, Transit transit, Failure failure)
    {
        e.Refused = failure switch
        {
            Failure.Fault or Failure.Dropped or Failure.Unwell => new Refused(GatewayError.UpstreamFailed),
            Failure.Timeout => new Refused(GatewayError.UpstreamTimeout),
            Failure.NotSent or Failure.Unbegun or Failure.NoUpstream => new Refused(GatewayError.NoUpstream),
            Failure.TooLarge => new Refused(GatewayError.BodyTooLarge),
            Failure.TooSlow => new Refused(GatewayError.BodySlow),
            _ => e.Refused,
        };
        if (e.Refused.Yes && !transit.Ended) e.Status = (ushort)e.Refused.Error.Status;
        switch (failure)
        {
            case Failure.None or Failure.Ended:
                await transit.End(Transit.OutcomeOf(e.Status)).ConfigureAwait(false);
                break;
            case Failure.ClientGone:
                e.Flags |= RecordFlags.ClientGone;
                if (e.Status == 0) e.Status = StatusCodes.Status499ClientClosedRequest;
                await transit.End(transit.Delivered > 0 ? Transit.OutcomeOf(e.Status) : Outcome.Abandoned).ConfigureAwait(false);
                break;
            case Failure.Broken:
                await transit.End(e.Status >= 500 ? Outcome.UpstreamFault : Outcome.Broken).ConfigureAwait(false);
                break;
            case Failure.TooLarge or Failure.TooSlow:
                await transit.End(Outcome.Refused).ConfigureAwait(false);
                break;
            default:
                await transit.End(Outcome.UpstreamFault).ConfigureAwait(false);
                break;
        }
        if (failure == Failure.ClientGone || (!e.Refused.Yes && failure != Failure.Broken)) return;
        if (x.Http.Response.HasStarted)
        {
            // An answer that is not whole, or was not recorded, may not look whole.
            x.Http.Abort();
            return;
        }
        transit.Undo();
        await Refuse(x, e).ConfigureAwait(false);
    }

    private ValueTask Refuse(Exchange x, Entry e)
    {
        x.Refused = e.Refused;
        return Answers.Refuse(x, recorder.Options.ClientStallMs);
    }

    private static ForwarderRequestConfig VersionFor(HttpContext http, Upstream upstream) =>
        upstream.Config.Url.Scheme == Uri.UriSchemeHttp && IsGrpc(http.Request.ContentType) ? Http2Only : Negotiated;

    // application/grpc and application/grpc+proto, but not application/grpc-web, which is made for HTTP/1.1.
    public static bool IsGrpc(string? contentType) =>
        contentType is not null && contentType.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == 16 || contentType[16] is '+' or ';' or ' ');

    /// <summary>Whether a second sending could do nothing that one would not (RFC 9110, 9.2.2), and is possible at all.</summary>
    private static bool IsHarmless(HttpContext http) =>
        http.Request.Method is "GET" or "HEAD" or "OPTIONS"
        && http.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true };

    private enum Failure
    {
        None,
        /// <summary>Nothing reached the upstream.</summary>
        NotSent,
        /// <summary>The upstream let go of it before it began with it.</summary>
        Unbegun,
        /// <summary>It failed before anything went to the client.</summary>
        Fault,
        /// <summary>Its connection broke before an answer, as one does that was kept and is being closed.</summary>
        Dropped,
        Timeout,
        /// <summary>502, 503 or 504, and another one may be asked.</summary>
        Unwell,
        /// <summary>It failed in the middle of the body.</summary>
        Broken,
        ClientGone,
        TooLarge,
        TooSlow,
        NoUpstream,
        /// <summary>Something failed after the call's record was settled.</summary>
        Ended,
    }
}
