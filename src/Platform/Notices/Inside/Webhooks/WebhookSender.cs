using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sluice.Kernel;

namespace Sluice.Platform.Notices.Inside.Webhooks;

/// <summary>Makes one attempt of one delivery that is due, and writes down what came of it.</summary>
internal sealed partial class WebhookSender(
    DeliveryBook deliveries, WebhookBook webhooks, OutboundGuard guard, Aftermath aftermath,
    IOptions<WebhooksOptions> options, ILogger<WebhookSender> log)
{
    private const int AnswerBytes = 2048;
    private const int ErrorMax = 500;
    private const int RetryAfterSecondsMax = 86_400;

    private readonly Lock _lock = new();
    // Of webhooks, and of organizations over all of theirs.
    private readonly Dictionary<Guid, int> _underWay = [];
    private readonly Dictionary<Guid, int> _underWayOf = [];

    /// <summary>Takes a delivery that is due; null when none is. Asked by one at a time.</summary>
    public async Task<Func<CancellationToken, Task>?> Take(CancellationToken ct)
    {
        Guid[] busy, crowded;
        lock (_lock)
        {
            busy = [.. _underWay.Where(one => one.Value >= options.Value.ParallelEach).Select(one => one.Key)];
            crowded = [.. _underWayOf.Where(one => one.Value >= options.Value.ParallelOrganization).Select(one => one.Key)];
        }
        var longest = TimeSpan.FromMilliseconds(options.Value.TimeoutMs) + TimeSpan.FromMinutes(2);
        if (await deliveries.Claim(busy, crowded, longest, ct) is not { } claimed) return null;
        lock (_lock)
        {
            Add(_underWay, claimed.Webhook.Value);
            Add(_underWayOf, claimed.Organization.Value);
        }
        return stop => Do(claimed, stop);
    }

    private async Task Do(DeliveryBook.Claimed claimed, CancellationToken ct)
    {
        try
        {
            var (made, wait) = await Try(claimed, ct);
            // Written down even while stopping: it was sent.
            await aftermath.Settle(claimed, made, wait, CancellationToken.None);
            if (made.Error is not null) LogFailed(claimed.Id, claimed.Webhook, claimed.Attempt, made.Status);
        }
        finally
        {
            lock (_lock)
            {
                Free(_underWay, claimed.Webhook.Value);
                Free(_underWayOf, claimed.Organization.Value);
            }
        }
    }

    private static void Add(Dictionary<Guid, int> counts, Guid id) => counts[id] = counts.GetValueOrDefault(id) + 1;

    private static void Free(Dictionary<Guid, int> counts, Guid id)
    {
        if (--counts[id] == 0) counts.Remove(id);
    }

    private async Task<(DeliveryTry Made, TimeSpan? Wait)> Try(DeliveryBook.Claimed claimed, CancellationToken ct)
    {
        var at = aftermath.Now;
        var watch = Stopwatch.StartNew();
        int? status = null;
        string? answer = null;
        string? error;
        TimeSpan? wait = null;
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(options.Value.TimeoutMs));
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            using var request = await Request(claimed, at, ct);
            using var response = await guard.Send(request, either.Token);
            status = (int)response.StatusCode;
            wait = RetryAfter(response.Headers.RetryAfter, at);
            var begin = await OutboundGuard.Begin(response.Content, AnswerBytes, either.Token);
            answer = Shown(Encoding.UTF8.GetString(begin), AnswerBytes);
            error = Wrong(response.StatusCode);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The answer's head decides; a body that goes on for ever does not undo it.
            error = status is { } came ? Wrong((HttpStatusCode)came) : $"No answer came within {options.Value.TimeoutMs} ms.";
        }
        catch (Exception fault) when (fault is HttpRequestException or OutboundRefusedException or IOException)
        {
            error = status is { } came ? Wrong((HttpStatusCode)came) : Shown(fault.Message, ErrorMax);
        }
        return (new DeliveryTry(claimed.Attempt, at, claimed.Url, status, answer, error, watch.ElapsedMilliseconds), wait);
    }

    private async Task<HttpRequestMessage> Request(DeliveryBook.Claimed claimed, DateTimeOffset at, CancellationToken ct)
    {
        var secrets = await webhooks.Secrets(claimed.Webhook, ct);
        if (secrets.Count == 0) throw new OutboundRefusedException("No secret can be opened to sign with: rotate it.");
        var request = new HttpRequestMessage(HttpMethod.Post, claimed.Url)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(claimed.Body)),
        };
        var id = claimed.Event.ToString();
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("User-Agent", "Sluice-Webhooks/1");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", Signature.Header(secrets, id, at, claimed.Body));
        return request;
    }

    private static string? Wrong(HttpStatusCode status) => (int)status switch
    {
        >= 200 and < 300 => null,
        >= 300 and < 400 => $"The answer was {(int)status}: redirects are not followed.",
        _ => $"The answer was {(int)status}.",
    };

    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header, DateTimeOffset now)
    {
        var wait = header?.Delta ?? header?.Date - now;
        return wait > TimeSpan.Zero ? TimeSpan.FromSeconds(Math.Min(RetryAfterSecondsMax, wait.Value.TotalSeconds)) : null;
    }

    // What others sent, fit for a table and a page.
    private static string Shown(string text, int max)
    {
        var clean = string.Concat(text.Select(c => char.IsControl(c) && c is not '\n' and not '\t' ? ' ' : c));
        return clean.Length > max ? clean[..max] : clean;
    }

    [LoggerMessage(7201, LogLevel.Information, "Delivery {Delivery} to {Webhook} failed, attempt {Attempt}, status {Status}")]
    private partial void LogFailed(DeliveryId delivery, WebhookId webhook, int attempt, int? status);
}
