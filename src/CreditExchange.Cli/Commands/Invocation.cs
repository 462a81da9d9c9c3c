using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;
using CreditExchange.Client;
using Google.Protobuf;

namespace CreditExchange.Cli.Commands;

/// <summary>What a command works with: its parsed words, its terminal and its way to the hub.</summary>
internal sealed class Invocation(Terminal terminal, Language language, Globals globals)
{
    /// <summary>Protobuf's JSON form with the names of the protos.</summary>
    public static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    private static readonly SearchValues<char> AgencyCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>The words of this run; set before an action runs.</summary>
    public ParseResult Parsed { get; set; } = null!;

    public Terminal Terminal { get; } = terminal;

    public Language Language { get; } = language;

    public bool Json => Parsed.GetValue(globals.Json);

    public string? As => Parsed.GetValue(globals.As);

    /// <summary>The agency, where a command has no default one.</summary>
    /// <exception cref="CliError">AGENCY_REQUIRED.</exception>
    public string RequiredAgency =>
        As ?? throw new CliError(ExitCode.Usage, "AGENCY_REQUIRED", Say.NeedsAs.In(Language), Say.NeedsAsNext.In(Language));

    /// <summary>Where the hub is; null until a command asked.</summary>
    public Uri? Address { get; private set; }

    /// <summary>A connection with the token of --token-file, of --as, or of the agency that the command stands for.</summary>
    /// <exception cref="CliError">Address or token can't be used.</exception>
    public CreditExchangeChannel Connect(string defaultAgency)
    {
        Address = ReadAddress();
        try
        {
            return new CreditExchangeChannel(new CreditExchangeOptions
            {
                Address = Address,
                Token = Token(defaultAgency),
                Language = Language.Tag(),
                CertificateAuthorities = Parsed.GetValue(globals.CaFile),
                Deadline = TimeSpan.FromSeconds(15),
                Time = Terminal.Time,
            });
        }
        catch (ArgumentException)
        {
            throw new CliError(ExitCode.Usage, "ADDRESS", Say.AddressInvalid.In(Language), Say.AddressNext.In(Language));
        }
    }

    /// <summary>A connection of the agency that is named by --as or proved by --token-file, where a command has no default one.</summary>
    /// <exception cref="CliError">AGENCY_REQUIRED, or address or token can't be used.</exception>
    public CreditExchangeChannel ConnectAsStated() => Connect(Parsed.GetValue(globals.TokenFile) is null ? RequiredAgency : "");

    /// <summary>One line of data.</summary>
    public void Line(string text) => Terminal.Out.WriteLine(text);

    /// <summary>A message in its JSON form, on one line.</summary>
    public void Message(IMessage message) => Line(Formatter.Format(message));

    /// <summary>A text of the hub in the language of the run.</summary>
    public string Of(CreditExchange.V1.LocalizedText? text) =>
        text is null ? "" : Language == Language.Zh ? text.Zh : text.En;

    /// <summary>One line for the person, beside the data.</summary>
    public void Note(Text text, params object[] facts) => Terminal.Error.WriteLine(text.In(Language, facts));

    /// <summary>A new request id, 32 hex digits.</summary>
    public static string NewRequestId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>A file's text.</summary>
    /// <exception cref="CliError">It can't be read.</exception>
    public string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliError.File(Language, path);
        }
    }

    /// <summary>Reads a message in Protobuf's JSON form.</summary>
    /// <param name="path">Where the text comes from, for the error.</param>
    /// <param name="text">The text.</param>
    /// <param name="command">The command that wanted it.</param>
    public T ParseMessage<T>(string path, string text, string command)
        where T : IMessage, new()
    {
        try
        {
            return JsonParser.Default.Parse<T>(text);
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException or FormatException)
        {
            throw CliError.Usage(Language, Say.NotAJsonMessage.In(Language, path), command);
        }
    }

    private Uri ReadAddress()
    {
        var stated = Parsed.GetValue(globals.Address);
        if (stated is null)
        {
            var port = Terminal.Environment("CREDITEXCHANGE_GRPC_PORT");
            stated = "http://127.0.0.1:" + (string.IsNullOrEmpty(port) ? "7080" : port);
        }
        else if (!stated.Contains("://", StringComparison.Ordinal))
        {
            stated = "http://" + stated;
        }

        return Uri.TryCreate(stated, UriKind.Absolute, out var address) && address.Port is > 0 and <= 65535
            ? address
            : throw new CliError(ExitCode.Usage, "ADDRESS", Say.AddressInvalid.In(Language), Say.AddressNext.In(Language));
    }

    private Func<ValueTask<string>>? Token(string defaultAgency)
    {
        if (Parsed.GetValue(globals.TokenFile) is { } file)
        {
            return File.Exists(file) ? TokenFile.Source(file) : throw CliError.File(Language, file);
        }

        var data = Terminal.Environment("CREDITEXCHANGE_DATA");
        var folder = Path.Combine(string.IsNullOrEmpty(data) ? ".data" : data, "tokens");
        var agency = As ?? defaultAgency;
        var safe = agency.Length is > 0 and <= 63 && agency.AsSpan().IndexOfAnyExcept(AgencyCharacters) < 0;
        var path = Path.Combine(folder, agency + ".jwt");
        if (safe && File.Exists(path))
        {
            return TokenFile.Source(path);
        }

        // Without the folder this may be a hub that asks for none, and it says so itself.
        return As is null && !Directory.Exists(folder)
            ? null
            : throw new CliError(
                ExitCode.Refused, "TOKEN_MISSING", Say.NoToken.In(Language, agency), Say.NoTokenNext.In(Language));
    }

    /// <summary>A number as data writes it.</summary>
    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
