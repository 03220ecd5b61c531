namespace Sluice.Kernel;

/// <summary>A mail that was wanted.</summary>
public readonly record struct MailId(Guid Value) : ITypedId<MailId>
{
    public static string Prefix => "mail";
    public static MailId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>An address to which an organization has events sent.</summary>
public readonly record struct WebhookId(Guid Value) : ITypedId<WebhookId>
{
    public static string Prefix => "whk";
    public static WebhookId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>Something that happened in an organization, as webhooks tell it.</summary>
public readonly record struct WebhookEventId(Guid Value) : ITypedId<WebhookEventId>
{
    public static string Prefix => "evt";
    public static WebhookEventId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>One event on its way to one webhook.</summary>
public readonly record struct DeliveryId(Guid Value) : ITypedId<DeliveryId>
{
    public static string Prefix => "dlv";
    public static DeliveryId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>An entry in a person's inbox.</summary>
public readonly record struct NoticeId(Guid Value) : ITypedId<NoticeId>
{
    public static string Prefix => "ntc";
    public static NoticeId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}

/// <summary>A rule that says when an organization wants to be told.</summary>
public readonly record struct AlertId(Guid Value) : ITypedId<AlertId>
{
    public static string Prefix => "alr";
    public static AlertId From(Guid value) => new(value);
    public override string ToString() => WireId.Format(this);
}
