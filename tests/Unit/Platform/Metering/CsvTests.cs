using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Metering;
using Sluice.Platform.Metering.Inside;
using Xunit;

namespace Sluice.Unit.Platform.Metering;

/// <summary>CSV against golden files; <c>UPDATE_GOLDEN=1</c> writes them anew.</summary>
public sealed class CsvTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly OrganizationId Organization = new(new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]));

    [Fact]
    public void Usage_in_csv_is_as_its_golden_file() => Golden(
        "tests/Vectors/metering/usage.csv",
        Csv.Write(
            [
                new UsageRow(
                    Noon, Organization, null, null, "ethereum", "eth_call", 2, false, 12, 10, 260, 13, 1024, 4096, 987654),
                new UsageRow(
                    Noon.AddMinutes(1), null, null, null, "=cmd|' /C calc'!A0", "say \"hi\", twice", 4, true, 1, 0, 0, 0,
                    long.MaxValue, 0, 0),
                new UsageRow(Noon.AddHours(1), Organization, null, null, "", "line\r\nbreak", null, null, 0, 0, 0, 0, 0, 0, 0),
            ],
            GetUsage.Columns(["organization", "service", "method", "status", "cached"])));

    [Fact]
    public void Log_in_csv_is_as_its_golden_file() => Golden(
        "tests/Vectors/metering/log.csv",
        Csv.Write(
            [
                new LogRow(
                    Noon.AddMicroseconds(1500), WireId.Encode(Organization.Value), Organization, null, null, "ethereum",
                    "eth_getLogs", -1, 200, -32000, "callerError", true, false, 75, "main", 2, 120, 9000, 45_000, 44_000,
                    "e3b0c44298fc1c149afbf4c8996fb924", "ba7816bf8f01cfea414140de5dae2223"),
                new LogRow(
                    Noon, WireId.Encode(Guid.Empty), null, null, null, "ethereum", "@SUM(1+1)", 3, 429, 0, "refused", false,
                    false, 0, "", 0, 0, 0, 0, 0),
            ],
            GetLog.Columns));

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@x", "'@x")]
    [InlineData("\tx", "'\tx")]
    [InlineData("\rx", "\"'\rx\"")]
    [InlineData("a=1", "a=1")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    public void A_text_in_csv_is_quoted_where_needed_and_never_a_formula(string text, string expected) =>
        Assert.Equal($"x\r\n{expected}\r\n", Csv.Write([text], [("x", t => t)]));

    [Fact]
    public void Csv_has_numbers_plain_and_times_in_utc() => Assert.Equal(
        "t,n\r\n2026-03-31T12:00:00.0015Z,-5\r\n",
        Csv.Write([0], [("t", _ => Noon.AddMicroseconds(1500).ToOffset(TimeSpan.FromHours(2))), ("n", _ => -5L)]));

    private static void Golden(string path, string actual)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(Repository.Full(path), actual);
        Assert.Equal(Repository.Text(path), actual);
    }
}
