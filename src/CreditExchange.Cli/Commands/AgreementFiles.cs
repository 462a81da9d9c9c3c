using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Texts;
using CreditExchange.Domain.Recognition;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Cli.Commands;

/// <summary>The files that two sides of an agreement hand each other: JSON or binary, and no secret in them.</summary>
internal static class AgreementFiles
{
    /// <summary>Terms from a file, or a demonstration agreement's by its id, with the other side's hub put in.</summary>
    public static AgreementTerms ReadTerms(Invocation run, string path, string? partner)
    {
        var terms = !File.Exists(path) && DemonstrationAgreements.Ids.Contains(path)
            ? DemonstrationAgreements.Terms(path)
            : run.ParseMessage<AgreementTerms>(path, run.ReadFile(path), "cx agreement");
        if (partner is not null)
        {
            DemonstrationAgreements.Put(terms, run.ParseMessage<AgreementParty>(partner, run.ReadFile(partner), "cx agreement"));
        }

        return terms;
    }

    /// <summary>A signed agreement from a file of either form, or from standard input.</summary>
    public static SignedAgreement ReadSigned(Invocation run, string path)
    {
        var bytes = ReadBytes(run, path);
        // No message begins with a brace: that would be field 15.
        if (bytes.AsSpan().TrimStart(" \r\n\t"u8) is [(byte)'{', ..])
        {
            return run.ParseMessage<SignedAgreement>(path, System.Text.Encoding.UTF8.GetString(bytes), "cx agreement");
        }

        try
        {
            return SignedAgreement.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            throw CliError.Usage(run.Language, Say.NotAJsonMessage.In(run.Language, path), "cx agreement countersign");
        }
    }

    /// <summary>Writes the binary form.</summary>
    public static void Write(Invocation run, string path, SignedAgreement signed)
    {
        try
        {
            File.WriteAllBytes(path, signed.ToByteArray());
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliError.File(run.Language, path);
        }
    }

    private static byte[] ReadBytes(Invocation run, string path)
    {
        try
        {
            if (path != "-")
            {
                return File.ReadAllBytes(path);
            }

            using var input = run.Terminal.Input();
            using var copy = new MemoryStream();
            input.CopyTo(copy);
            return copy.ToArray();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliError.File(run.Language, path);
        }
    }
}
