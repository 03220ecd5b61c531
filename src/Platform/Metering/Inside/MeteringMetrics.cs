using System.Diagnostics.Metrics;

namespace Sluice.Platform.Metering.Inside;

/// <summary>Numbers of the meter <c>Sluice.Metering</c>.</summary>
internal sealed class MeteringMetrics
{
    public const string MeterName = "Sluice.Metering";

    private readonly Counter<long> _records;
    private readonly Counter<long> _holes;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _leases;
    private readonly Counter<long> _leasedUnits;

    public MeteringMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _records = meter.CreateCounter<long>(
            "sluice.metering.pump.records", "{record}", "Journal records folded into the rollups");
        _holes = meter.CreateCounter<long>(
            "sluice.metering.pump.holes", "{slot}", "Slots of dead journals that were reserved and never written whole");
        _failures = meter.CreateCounter<long>(
            "sluice.metering.pump.failures", "{run}", "Runs of the pump that failed and will be repeated");
        _duration = meter.CreateHistogram<double>(
            "sluice.metering.pump.duration", "s", "Duration of one run of the pump");
        _leases = meter.CreateCounter<long>(
            "sluice.metering.leases", "{lease}", "Requests for quota slices, by whether anything was granted");
        _leasedUnits = meter.CreateCounter<long>(
            "sluice.metering.leased", "{unit}", "Units granted to this process");
        meter.CreateObservableGauge(
            "sluice.metering.pump.lag", () => Lag?.Invoke().TotalSeconds ?? 0, "s",
            "Age of the oldest record of this process that is not in the rollups yet");
    }

    /// <summary>Asked when the lag is read; set by the pump's service.</summary>
    public Func<TimeSpan>? Lag { get; set; }

    public void Pumped(long records, long holes, TimeSpan duration)
    {
        _records.Add(records);
        _holes.Add(holes);
        _duration.Record(duration.TotalSeconds);
    }

    public void PumpFailed() => _failures.Add(1);

    public void Leased(long units)
    {
        _leases.Add(1, new KeyValuePair<string, object?>("granted", units > 0));
        _leasedUnits.Add(units);
    }
}
