using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants;

namespace Sluice.Platform.Notices.Inside.Mail;

/// <summary>Queues what Tenants wants mailed, in the transaction that ends the delivery of the fact.</summary>
internal sealed class MailWantedSubscriber(MailBook book) : ISubscriber<MailWanted>
{
    public Task Handle(MailWanted fact, UnitOfWork work, CancellationToken ct = default) =>
        book.Queue(fact.To, fact.Template, fact.Values, work, ct);
}
