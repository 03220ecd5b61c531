using Sluice.Kernel;
using Sluice.Platform;
using Xunit;

namespace Sluice.Unit.Platform;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class AesSecretBoxTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-box").FullName;

    private string Ring => Path.Combine(_folder, "keys", "ring.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_sealed_text_opens_in_its_place_only()
    {
        var box = Box();
        var text = box.Seal("hunter22 é", "a");
        Assert.True(box.TryOpen(text, "a", out var plain));
        Assert.Equal("hunter22 é", plain);
        Assert.False(box.TryOpen(text, "b", out plain));
        Assert.Equal("", plain);
        Assert.NotEqual(text, box.Seal("hunter22 é", "a"));
    }

    [Fact]
    public void An_altered_text_does_not_open()
    {
        var box = Box();
        var text = box.Seal("hunter22", "a");
        for (var i = 0; i < text.Length - 1; i++)
        {
            var altered = text[..i] + (text[i] == 'A' ? 'B' : 'A') + text[(i + 1)..];
            Assert.False(box.TryOpen(altered, "a", out _), altered);
            Assert.False(box.TryOpen(text[..i], "a", out _), text[..i]);
        }
    }

    [Fact]
    public void A_rotated_key_seals_anew_and_the_old_one_still_opens()
    {
        var box = Box();
        var other = Box();
        var before = box.Seal("one", "a");
        Assert.True(other.TryOpen(before, "a", out _));
        var id = box.Rotate();
        var after = box.Seal("two", "a");
        Assert.StartsWith($"v1.{id}.", after, StringComparison.Ordinal);
        Assert.True(box.TryOpen(before, "a", out _));
        // A process that read the ring before the rotation reads it again.
        Assert.True(other.TryOpen(after, "a", out var plain));
        Assert.Equal("two", plain);
    }

    [Fact]
    public void A_process_that_runs_seals_with_the_key_that_another_one_added()
    {
        var running = Box();
        var before = running.Seal("one", "a");
        var command = Box();
        var id = command.Rotate();
        Assert.StartsWith($"v1.{id}.", running.Seal("two", "a"), StringComparison.Ordinal);
        Assert.True(running.TryOpen(before, "a", out _));
        Assert.Equal(id, command.Keys()[^1].Id);
        Assert.Equal(2, running.Keys().Count);
    }

    [Fact]
    public void What_one_of_two_boxes_seals_after_its_rotation_the_other_opens_at_once()
    {
        var (one, other) = (Box(), Box());
        Assert.True(other.TryOpen(one.Seal("first", "a"), "a", out _));
        for (var i = 0; i < 20; i++)
        {
            var id = one.Rotate();
            // No time passes between: neither the clock nor the file's own is waited for.
            Assert.True(other.TryOpen(one.Seal($"{i}", "a"), "a", out var plain));
            Assert.Equal($"{i}", plain);
            Assert.StartsWith($"v1.{id}.", other.Seal("x", "a"), StringComparison.Ordinal);
            (one, other) = (other, one);
        }
        Assert.Equal(21, one.Keys().Count);
    }

    [Fact]
    public void Boxes_that_rotate_seal_and_open_at_the_same_time_lose_no_key()
    {
        var boxes = Enumerable.Range(0, 4).Select(_ => Box()).ToArray();
        var texts = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(0, 80, i =>
        {
            if (i % 8 == 0) boxes[i % 4].Rotate();
            texts.Add(boxes[i % 4].Seal("x", "a"));
            Assert.All(boxes, box => Assert.True(box.TryOpen(texts.First(), "a", out _)));
        });
        foreach (var box in boxes) Assert.All(texts, text => Assert.True(box.TryOpen(text, "a", out _)));
        // The first key was made once, and each rotation added one.
        Assert.InRange(Box().Keys().Count, 10, 11);
    }

    [Fact]
    public void Sealing_waits_for_no_lock_once_there_is_a_key()
    {
        var box = Box();
        box.Seal("x", "a");
        using var held = new FileStream(Ring + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.True(box.TryOpen(box.Seal("x", "a"), "a", out _));
        Assert.True(Box().TryOpen(box.Seal("x", "a"), "a", out _));
    }

    [Fact]
    public void A_ring_that_is_gone_is_not_made_anew_by_who_holds_its_keys()
    {
        var box = Box();
        var text = box.Seal("x", "a");
        File.Delete(Ring);
        Assert.Throws<InvalidOperationException>(() => box.Seal("x", "a"));
        Assert.Throws<InvalidOperationException>(() => box.Rotate());
        Assert.True(box.TryOpen(text, "a", out _));
        Assert.False(File.Exists(Ring));
    }

    [Fact]
    public void A_rotation_that_was_cut_off_leaves_the_ring_as_it_was()
    {
        var before = Box().Seal("one", "a");
        var ring = File.ReadAllText(Ring);
        // Killed while the next ring was written beside, with the lock in its hand.
        File.WriteAllText(Ring + ".next", ring[..(ring.Length / 2)]);
        Assert.Equal(ring, File.ReadAllText(Ring));
        Assert.True(Box().TryOpen(before, "a", out _));
        Assert.Single(Box().Keys());
        var id = Box().Rotate();
        Assert.True(Box().TryOpen(before, "a", out _));
        Assert.StartsWith($"v1.{id}.", Box().Seal("two", "a"), StringComparison.Ordinal);
        Assert.False(File.Exists(Ring + ".next"));
    }

    [Fact]
    public void The_ring_is_for_its_owner_alone()
    {
        Box().Seal("x", "a");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Ring));
        File.SetUnixFileMode(Ring, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Throws<InvalidOperationException>(() => Box().Seal("x", "a"));
    }

    [Fact]
    public void A_ring_that_root_rotates_stays_its_owners()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives files away.");
        var folder = Path.GetDirectoryName(Ring)!;
        var service = new FileOwner(12_345, 23_456);
        Directory.CreateDirectory(folder);
        service.GiveAll(folder);

        // Nothing was there: what root makes belongs to whom the folder belongs, the lock included.
        Box().Rotate();
        Assert.All([folder, Ring, Ring + ".lock"], path => Assert.Equal(service, FileOwner.Of(path)));

        // The ring was there: it stays its owner's, wherever it lies.
        new FileOwner(0, 0).GiveAll(folder);
        service.GiveAll(Ring);
        Box().Rotate();
        Assert.Equal(service, FileOwner.Of(Ring));
        Assert.Equal(new FileOwner(0, 0), FileOwner.Of(folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Ring));
    }

    [Fact]
    public void A_link_in_place_of_the_lock_does_not_get_root_to_give_another_file_away()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives files away.");
        var folder = Path.GetDirectoryName(Ring)!;
        var roots = Path.Combine(_folder, "roots");
        File.WriteAllText(roots, "");
        Directory.CreateDirectory(folder);
        File.CreateSymbolicLink(Ring + ".lock", roots);
        new FileOwner(12_345, 23_456).GiveAll(folder);

        Box().Rotate();

        Assert.Equal(new FileOwner(0, 0), FileOwner.Of(roots));
    }

    [Fact]
    public void Boxes_that_start_together_agree_on_one_key()
    {
        var ids = new string[8];
        Parallel.For(0, ids.Length, i => ids[i] = Box().Seal("x", "a").Split('.')[1]);
        Assert.Single(ids.Distinct());
    }

    private AesSecretBox Box() => new(Ring, TimeProvider.System);
}
