namespace Sluice.Integration.Origins;

/// <summary>One series of a metric as a collector was told it: the last value wins, because sums are cumulative.</summary>
internal sealed record OtlpPoint(
    string Scope, string Metric, string Unit, string Kind, IReadOnlyDictionary<string, string> Attributes, double Value)
{
    /// <summary>Calls of a histogram; the value is their sum.</summary>
    public ulong Count { get; init; }

    public IReadOnlyList<double> Bounds { get; init; } = [];
}

/// <summary>What one export request holds, decoded as opentelemetry/proto/metrics/v1/metrics.proto says.</summary>
internal sealed class OtlpMetrics
{
    private const int Cumulative = 2;

    public Dictionary<string, string> Resource { get; } = new(StringComparer.Ordinal);

    public List<OtlpPoint> Points { get; } = [];

    /// <param name="message">An ExportMetricsServiceRequest.</param>
    public static OtlpMetrics Read(ReadOnlySpan<byte> message)
    {
        var read = new OtlpMetrics();
        for (var request = new ProtobufReader(message); request.Next();)
            if (request.Field == 1) read.ResourceMetrics(request.Bytes);
        return read;
    }

    private void ResourceMetrics(ReadOnlySpan<byte> message)
    {
        for (var part = new ProtobufReader(message); part.Next();)
        {
            if (part.Field == 1)
                for (var resource = new ProtobufReader(part.Bytes); resource.Next();)
                    if (resource.Field == 1) KeyValue(resource.Bytes, Resource);
            if (part.Field == 2) ScopeMetrics(part.Bytes);
        }
    }

    private void ScopeMetrics(ReadOnlySpan<byte> message)
    {
        var scope = "";
        for (var part = new ProtobufReader(message); part.Next();)
        {
            if (part.Field == 1)
                for (var named = new ProtobufReader(part.Bytes); named.Next();)
                    if (named.Field == 1) scope = named.Text;
            if (part.Field == 2) Metric(scope, part.Bytes);
        }
    }

    private void Metric(string scope, ReadOnlySpan<byte> message)
    {
        var (name, unit) = ("", "");
        for (var part = new ProtobufReader(message); part.Next();)
        {
            switch (part.Field)
            {
                case 1: name = part.Text; break;
                case 3: unit = part.Text; break;
                case 5: Data(part.Bytes, "gauge"); break;
                case 7: Data(part.Bytes, "sum"); break;
                case 9: Data(part.Bytes, "histogram"); break;
                default: break;
            }
        }

        void Data(ReadOnlySpan<byte> data, string kind)
        {
            for (var part = new ProtobufReader(data); part.Next();)
            {
                if (part.Field == 1) Points.Add(Point(part.Bytes, new OtlpPoint(scope, name, unit, kind, new Dictionary<string, string>(), 0)));
                if (part.Field == 2 && part.Number != Cumulative) throw new InvalidDataException($"{name} is not cumulative.");
            }
        }
    }

    // NumberDataPoint and HistogramDataPoint have the same numbers for different things.
    private static OtlpPoint Point(ReadOnlySpan<byte> message, OtlpPoint point)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        var bounds = new List<double>();
        var isHistogram = point.Kind == "histogram";
        for (var part = new ProtobufReader(message); part.Next();)
        {
            switch (part.Field)
            {
                case 7 when !isHistogram: KeyValue(part.Bytes, attributes); break;
                case 4 when !isHistogram: point = point with { Value = part.Double }; break;
                case 6 when !isHistogram: point = point with { Value = (long)part.Number }; break;
                case 9 when isHistogram: KeyValue(part.Bytes, attributes); break;
                case 4 when isHistogram: point = point with { Count = part.Number }; break;
                case 5 when isHistogram: point = point with { Value = part.Double }; break;
                case 7 when isHistogram: Doubles(part, bounds); break;
                default: break;
            }
        }
        return point with { Attributes = attributes, Bounds = bounds };
    }

    // Packed, or one at a time: a reader must take both.
    private static void Doubles(ProtobufReader part, List<double> into)
    {
        if (part.Bytes.IsEmpty) into.Add(part.Double);
        for (var at = 0; at < part.Bytes.Length; at += sizeof(double)) into.Add(BitConverter.ToDouble(part.Bytes[at..]));
    }

    private static void KeyValue(ReadOnlySpan<byte> message, Dictionary<string, string> into)
    {
        var (key, text) = ("", "");
        for (var part = new ProtobufReader(message); part.Next();)
        {
            if (part.Field == 1) key = part.Text;
            if (part.Field != 2) continue;
            for (var any = new ProtobufReader(part.Bytes); any.Next();)
                text = any.Field switch { 1 => any.Text, 2 => any.Number == 1 ? "true" : "false", _ => $"{(long)any.Number}" };
        }
        into[key] = text;
    }
}
