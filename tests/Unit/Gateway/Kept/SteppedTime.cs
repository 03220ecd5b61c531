namespace Sluice.Unit.Gateway.Kept;

/// <summary>Monotonic time that stands until a test moves it. Timers are the real ones.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private long _milliseconds = 1;

    public override long TimestampFrequency => 1000;

    public override long GetTimestamp() => _milliseconds;

    public void Pass(long milliseconds) => _milliseconds += milliseconds;
}
