using System.Globalization;
using System.Net;
using System.Text;

namespace Sluice.Platform.Notices.Inside.Mail;

/// <summary>What a mail says: a subject, sentences, at most one link. Both forms of the mail are made of it.</summary>
/// <param name="Subject">One line, also the heading.</param>
/// <param name="Greeting">The name of the person; empty where it is not known.</param>
/// <param name="Sentences">One paragraph each.</param>
/// <param name="Link">Label and address; null where there is nothing to open.</param>
/// <param name="Closing">What to do if it was not you, and the like.</param>
internal sealed record Letter(
    string Subject, string Greeting, IReadOnlyList<string> Sentences, (string Label, string Url)? Link,
    IReadOnlyList<string> Closing)
{
    private const string Page = "margin:0;padding:24px;background:#f6f7f9;color:#1c2024;"
        + "font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif";
    private const string Card =
        "max-width:520px;margin:0 auto;padding:32px;background:#ffffff;border:1px solid #e3e6ea;border-radius:10px";
    private const string Button =
        "display:inline-block;padding:10px 18px;background:#2f5bd7;color:#ffffff;text-decoration:none;border-radius:6px;"
        + "font-weight:600";
    private const string Muted = "margin:0 0 8px;color:#5b6470;font-size:13px";

    private string Hello => Greeting.Length == 0 ? "Hello," : $"Hello {Greeting},";

    public string Text(string brand)
    {
        var text = new StringBuilder(Hello).Append("\n\n");
        foreach (var sentence in Sentences) text.Append(sentence).Append("\n\n");
        if (Link is { } link) text.Append(CultureInfo.InvariantCulture, $"{link.Label}:\n{link.Url}\n\n");
        foreach (var sentence in Closing) text.Append(sentence).Append("\n\n");
        return text.Append(CultureInfo.InvariantCulture, $"-- \n{brand}\n").ToString();
    }

    public string Html(string brand)
    {
        var html = new StringBuilder("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Append("<meta name=\"viewport\" content=\"width=device-width\">\n");
        Add($"<title>{Safe(Subject)}</title>\n</head>\n<body style=\"{Page}\">\n<div style=\"{Card}\">\n");
        Add($"<p style=\"margin:0 0 24px;font-weight:600\">{Safe(brand)}</p>\n");
        Add($"<h1 style=\"margin:0 0 16px;font-size:20px;line-height:1.2\">{Safe(Subject)}</h1>\n");
        Add($"<p style=\"margin:0 0 12px\">{Safe(Hello)}</p>\n");
        foreach (var sentence in Sentences) Add($"<p style=\"margin:0 0 12px\">{Safe(sentence)}</p>\n");
        if (Link is { } link)
        {
            Add($"<p style=\"margin:24px 0\"><a href=\"{Safe(link.Url)}\" style=\"{Button}\">{Safe(link.Label)}</a></p>\n");
            Add($"<p style=\"{Muted};word-break:break-all\">{Safe(link.Url)}</p>\n");
        }
        foreach (var sentence in Closing) Add($"<p style=\"{Muted}\">{Safe(sentence)}</p>\n");
        return html.Append("</div>\n</body>\n</html>\n").ToString();

        void Add(FormattableString part) => html.Append(part.ToString(CultureInfo.InvariantCulture));
    }

    private static string Safe(string text) => WebUtility.HtmlEncode(text);
}
