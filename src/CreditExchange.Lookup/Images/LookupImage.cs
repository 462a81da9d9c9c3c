using System.Security.Cryptography;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;

namespace CreditExchange.Lookup.Images;

/// <summary>
/// The view in a file: a start reads it and what the ledger has since, instead of every listing. Holds prints of keyed MACs and
/// codes, no number and no name. May be deleted at any time; one that doesn't fit the ledger and its keys is passed over.
/// </summary>
public static class LookupImage
{
    private const long Magic = 0x3130_4547_414D_4958; // "XIMAGE01"
    private const int DigestLength = 32;
    private const int Buffer = 1 << 20;

    /// <summary>Writes the view as it stands into a file, which then replaces the one before.</summary>
    /// <param name="path">The file.</param>
    /// <param name="view">The view; its follower waits while its memory is written, checks don't.</param>
    /// <param name="ledger">The ledger that it follows.</param>
    /// <returns>The image's position.</returns>
    /// <exception cref="IOException">It can't be written; the one before is as it was.</exception>
    public static long Write(string path, LookupView view, ILedger ledger)
    {
        var temporary = path + ".new";
        try
        {
            long position;
            using (var file = PrivatePaths.Open(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, Buffer))
            {
                var to = new ImageWriter(file);
                to.Number(Magic);
                to.Text(ledger.LedgerId);
                position = view.WriteImage(to);
                to.Raw(ChainAt(ledger, position));
                WriteKeys(to, view, ledger.Keys);
                file.Flush();
                file.Position = 0;
                var digest = SHA256.HashData(file);
                file.Write(digest);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            return position;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Fills an empty view from a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="view">An empty view.</param>
    /// <param name="ledger">The ledger.</param>
    /// <returns>The position that the view now reflects; 0: there is no file, or it is of before the subject key was switched.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or of another ledger or other keys; the view is still empty.</exception>
    /// <exception cref="IOException">It can't be read; the view is still empty.</exception>
    public static long Load(string path, LookupView view, ILedger ledger)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        // Proving and reading at the same time: a start has two cores and little time.
        var proof = Task.Run(() => HasItsDigest(path));
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, Buffer);
            var from = new ImageReader(file);
            if (from.Number() != Magic || from.Text() != ledger.LedgerId)
            {
                throw new InvalidDataException("The image is of another ledger.");
            }

            var loaded = view.LoadImage(from, position =>
            {
                Span<byte> chain = stackalloc byte[32];
                from.Raw(chain);
                if (position > ledger.Head || !chain.SequenceEqual(ChainAt(ledger, position)))
                {
                    throw new InvalidDataException("The image is of another history of the ledger.");
                }

                var isFiled = ReadKeys(from, ledger.Keys);
                if (!proof.GetAwaiter().GetResult())
                {
                    throw new InvalidDataException("The image is damaged: its digest is another.");
                }

                return isFiled;
            });
            DropRetired(view, ledger.Keys);
            return loaded;
        }
        catch (EndOfStreamException error)
        {
            throw new InvalidDataException("The image ends too early.", error);
        }
        finally
        {
            // Nothing of it may go on when the start does.
            proof.GetAwaiter().GetResult();
        }
    }

    // What was filed under a version that has been retired since.
    private static void DropRetired(LookupView view, HubKeys keys)
    {
        foreach (var version in view.KeyVersions)
        {
            if (version != SubjectKey.TokenVersion && keys.Subjects.Of(version) is null)
            {
                view.DropKeys(version);
            }
        }
    }

    private static bool HasItsDigest(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (file.Length < DigestLength)
        {
            return false;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Buffer];
        for (var left = file.Length - DigestLength; left > 0;)
        {
            var read = file.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0)
            {
                return false;
            }

            hash.AppendData(buffer, 0, read);
            left -= read;
        }

        var stored = new byte[DigestLength];
        file.ReadExactly(stored);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(stored);
    }

    private static ReadOnlySpan<byte> ChainAt(ILedger ledger, long position) =>
        ledger.Read(position, 1) is [var stored] ? stored.Chain : throw new InvalidDataException($"The ledger lacks position {position}.");

    // The keys by what they make of one text: with other keys every subject would be clean.
    private static void WriteKeys(ImageWriter to, LookupView view, HubKeys keys)
    {
        to.Number((long)NameTags.Compute(keys.Request, "image"));
        var versions = view.KeyVersions;
        to.Number(versions.Count);
        foreach (var version in versions)
        {
            to.Number(version);
            to.Number(keys.Subjects.Of(version) is { } keyer ? (long)NameTags.Compute(keyer, "image") : 0);
        }
    }

    private static bool ReadKeys(ImageReader from, HubKeys keys)
    {
        var fits = from.Number() == (long)NameTags.Compute(keys.Request, "image");
        var isFiled = false;
        for (var i = from.Count(byte.MaxValue); i > 0; i--)
        {
            var version = (byte)from.Number();
            var print = from.Number();
            if (keys.Subjects.Of(version) is { } keyer)
            {
                fits &= print == (long)NameTags.Compute(keyer, "image");
                isFiled |= version == keys.Subject.Version;
            }
        }

        return fits ? isFiled : throw new InvalidDataException("The image was made under other keys.");
    }
}
