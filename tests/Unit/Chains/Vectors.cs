using System.Text.Json;
using Xunit;

namespace Sluice.Unit.Chains;

/// <summary>The files of tests/Vectors/chains, each of which says where it comes from.</summary>
internal static class Vectors
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        RespectRequiredConstructorParameters = true,
    };

    public static IReadOnlyList<T> Read<T>(string file, string list)
    {
        using var document = JsonDocument.Parse(Repository.Text($"tests/Vectors/chains/{file}"));
        var vectors = document.RootElement.GetProperty(list).Deserialize<T[]>(Strict)!;
        Assert.NotEmpty(vectors);
        return vectors;
    }
}
