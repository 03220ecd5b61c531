using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Metering.Inside;

/// <summary>A log query as it stands in an address: read from clients, read and written between nodes.</summary>
internal static class LogQueryText
{
    private const int LimitDefault = 100;

    private static readonly TimeSpan SpanDefault = TimeSpan.FromHours(1);

    public static LogQuery Read(QueryText text, DateTimeOffset now)
    {
        // A record of this very moment is inside the default span.
        var to = text.Time("to") ?? now.AddMilliseconds(1);
        return new LogQuery(
            text.Id<OrganizationId>("organization"), text.Time("from") ?? to - SpanDefault, to, text.Id<AppId>("app"),
            text.Id<KeyId>("key"), text.Text("service"), text.Text("method"), text.Number("status"), Request(text),
            text.Number("limit") ?? LimitDefault);
    }

    public static string Write(LogQuery query)
    {
        var text = new QueryBuilderText();
        text.Add("organization", query.Organization?.ToString());
        text.Add("from", Time(query.From));
        text.Add("to", Time(query.To));
        text.Add("app", query.App?.ToString());
        text.Add("key", query.Key?.ToString());
        text.Add("service", query.Service);
        text.Add("method", query.Method);
        text.Add("status", query.Status?.ToString(CultureInfo.InvariantCulture));
        text.Add("requestId", query.RequestId is { } request ? WireId.Encode(request) : null);
        text.Add("limit", query.Limit.ToString(CultureInfo.InvariantCulture));
        return text.ToString();
    }

    private static Guid? Request(QueryText text)
    {
        if (text.Text("requestId") is not { } id) return null;
        if (WireId.TryDecode(id, out var request) || Guid.TryParse(id, out request)) return request;
        text.Faults.Add("requestId is what an answer carried in X-Request-Id.");
        return null;
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private sealed class QueryBuilderText
    {
        private QueryString _query = QueryString.Empty;

        public void Add(string name, string? value)
        {
            if (value is not null) _query = _query.Add(name, value);
        }

        public override string ToString() => _query.ToString();
    }
}
