using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Platform;
using Sluice.Platform.Catalog.Inside.Reading;
using Xunit;

namespace Sluice.Unit.Platform.Catalog;

public sealed class CatalogGarbageTests
{
    private static readonly string[] Names =
    [
        "services", "priceSets", "plans", "name", "title", "prices", "defaultUnits", "sets", "methods", "limits",
        "batchMax", "upstreams", "url", "headers", "kind", "target", "cache", "ttlMs", "chain", "chainId", "enabled",
        "protocol", "requestsPerSecond", "cap", "\\ud800", "\\u0000", "", "x y",
    ];

    private static readonly string[] Scalars =
    [
        "null", "true", "0", "-1", "1e999", "1.5", "99999999999999999999", "\"\"", "\"eth\"", "\"\\udfff\"",
        "\"${env:A}\"", "\"${env:\"", "\"file:/x\"", "\"http://a@b\"", "\"http://[\"", "\"jsonRpc\"", "\"evm\"", "\"\\u0000\"",
        "\"sealed:v1..\"", "\"•••\"", "\"https://x/•••\"", "\"http://x:99999\"", "\"http:\"", "\"http://?key\"",
    ];

    [Fact]
    public void Generated_json_never_throws() => Law.Holds(
        1_000, Prop.ForAll(Json(4).ToArbitrary(), Survives));

    [Fact]
    public void Generated_text_never_throws() => Law.Holds(
        1_000, Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text => Survives(text ?? "")));

    [Fact]
    public void A_file_cut_anywhere_never_throws_and_is_refused()
    {
        const string file = """{"services":[{"name":"eth","title":"É","prices":{"defaultUnits":1},"upstreams":[{"name":"a","url":"http://a"}]}]}""";
        for (var length = 0; length < file.Length; length++)
        {
            var faults = new Faults();
            ServicesReader.Read(file[..length], faults);
            Assert.True(faults.Count > 0, length.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static bool Survives(string text)
    {
        foreach (var wrapped in new[] { text, $"{{\"services\":[{text}]}}", $"{{\"plans\":[{text}]}}" })
        {
            ServicesReader.Read(wrapped, new Faults());
            PlansReader.Read(wrapped, new Faults());
        }
        return true;
    }

    private static Gen<string> Json(int depth)
    {
        var scalar = Gen.Elements(Scalars);
        if (depth == 0) return scalar;
        var below = Json(depth - 1);
        var array = below.ListOf(2).Select(items => $"[{string.Join(',', items)}]");
        var property = Gen.Elements(Names).SelectMany(name => below.Select(value => $"\"{name}\":{value}"));
        var @object = property.ListOf(4).Select(items => $"{{{string.Join(',', items)}}}");
        return Gen.Frequency((1, scalar), (1, array), (4, @object));
    }
}
