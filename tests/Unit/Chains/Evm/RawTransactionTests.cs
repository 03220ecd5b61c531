using FsCheck;
using FsCheck.Fluent;
using Sluice.Chains.Evm;
using Xunit;

namespace Sluice.Unit.Chains.Evm;

public sealed class RawTransactionTests
{
    private static readonly string One = Repeat('1'), Two = Repeat('2'), Three = Repeat('3'), Four = Repeat('4');

    public static TheoryData<string, RawTransactionType, string> Signed => new()
    {
        { SignedTransactions.LegacyWithoutChain, RawTransactionType.Legacy, One },
        { SignedTransactions.LegacyWithChain, RawTransactionType.Legacy, One },
        { SignedTransactions.AccessList, RawTransactionType.AccessList, $"{One} {Two} {Three}" },
        { SignedTransactions.DynamicFee, RawTransactionType.DynamicFee, $"{One} {Two} {Three}" },
        { SignedTransactions.DynamicFeePlain, RawTransactionType.DynamicFee, One },
        { SignedTransactions.Blob, RawTransactionType.Blob, $"{One} {Two}" },
        { SignedTransactions.SetCode, RawTransactionType.SetCode, $"{One} {Two} {Four}" },
        { SignedTransactions.LegacyCreation, RawTransactionType.Legacy, "" },
        { SignedTransactions.DynamicFeeCreation, RawTransactionType.DynamicFee, "" },
    };

    [Theory]
    [MemberData(nameof(Signed))]
    public void Addresses_are_those_of_the_signed_transaction(string hex, RawTransactionType type, string addresses)
    {
        Assert.Equal(RawTransactionFault.None, RawTransaction.Decode(Bytes(hex), out var transaction));
        Assert.Equal(type, transaction.Type);
        Assert.Equal(addresses.Length == 0, transaction.To is null);
        Assert.Equal(addresses, Found(transaction));
    }

    [Theory]
    [MemberData(nameof(Signed))]
    public void Decoding_refuses_a_byte_more_or_less(string hex, RawTransactionType type, string addresses)
    {
        Assert.NotEmpty($"{type}{addresses}");
        var bytes = Bytes(hex);
        Assert.Equal(RawTransactionFault.Malformed, RawTransaction.Decode([.. bytes, 0], out _));
        for (var size = 1; size < bytes.Length; size++)
            Assert.Equal(RawTransactionFault.Malformed, RawTransaction.Decode(bytes.AsSpan(0, size), out _));
    }

    [Theory]
    [InlineData(false, 131_072, true)]
    [InlineData(true, 131_072, true)]
    [InlineData(false, 131_071, false)]
    public void Blob_transaction_is_unwrapped_from_its_network_form(bool versioned, int blobSize, bool valid)
    {
        var body = Bytes(SignedTransactions.Blob)[1..];
        var blobs = Rlp.List(Rlp.Text(new byte[blobSize]));
        var points = Rlp.List(Rlp.Text(new byte[48]));
        var network = versioned ? Rlp.List(body, [1], blobs, points, points) : Rlp.List(body, blobs, points, points);

        var fault = RawTransaction.Decode([3, .. network], out var transaction);

        Assert.Equal(valid ? RawTransactionFault.None : RawTransactionFault.Malformed, fault);
        if (valid)
            Assert.Equal($"{One} {Two}", Found(transaction));
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x05)]
    [InlineData(0x71)]
    [InlineData(0x7e)]
    public void Unknown_type_is_refused_as_such(byte type)
    {
        byte[] bytes = [type, .. Bytes(SignedTransactions.DynamicFee)[1..]];
        Assert.Equal(RawTransactionFault.UnknownType, RawTransaction.Decode(bytes, out _));
    }

    [Fact]
    public void Typed_transaction_wrapped_in_a_string_is_refused() =>
        Assert.Equal(
            RawTransactionFault.Malformed,
            RawTransaction.Decode(Rlp.Text(Bytes(SignedTransactions.DynamicFee)), out _));

    [Theory]
    [InlineData(SignedTransactions.Blob)]
    [InlineData(SignedTransactions.SetCode)]
    public void Types_that_cannot_create_are_refused_without_a_receiver(string hex)
    {
        var receiver = "94" + One[2..];
        var at = hex.IndexOf(receiver, StringComparison.Ordinal);
        var payload = Bytes("0x" + hex[4..].Replace(receiver, "80", StringComparison.Ordinal));
        Assert.True(at > 0);
        // The list's head: one byte, then its length in one or two bytes.
        var head = payload[0] == 0xf8 ? 2 : 3;
        byte[] shorter = [(byte)(hex[3] - '0'), .. Rlp.List(payload[head..])];

        Assert.Equal(RawTransactionFault.Malformed, RawTransaction.Decode(shorter, out _));
    }

    [Fact]
    public void Garbage_never_throws() =>
        Law.Holds(Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(),
            bytes =>
            {
                var fault = RawTransaction.Decode(bytes, out _);
                return fault != RawTransactionFault.None;
            }));

    [Fact]
    public void Changed_byte_never_throws_and_walks_to_the_end() =>
        Law.Holds(Prop.ForAll(
            Gen.Elements(Signed.Select(row => row.Data.Item1).ToArray()).ToArbitrary(),
            ArbMap.Default.ArbFor<(PositiveInt At, byte Value)>(),
            (hex, change) =>
            {
                var bytes = Bytes(hex);
                bytes[change.At.Get % bytes.Length] = change.Value;
                return RawTransaction.Decode(bytes, out var transaction) != RawTransactionFault.None
                    || Found(transaction).Length >= 0;
            }));

    private static string Found(RawTransaction transaction)
    {
        var found = new List<string>();
        foreach (var address in transaction.Addresses)
            found.Add(address.ToString());
        return string.Join(' ', found);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.AsSpan(2));

    private static string Repeat(char digit) => "0x" + new string(digit, 40);
}
