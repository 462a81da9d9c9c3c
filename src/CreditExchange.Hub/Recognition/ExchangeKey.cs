using System.Security.Cryptography;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Ledgers;
using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Recognition.Exchange;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.Hosting;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Recognition;

/// <summary>The key with which this hub signs what it says to partners, and the hub as the party that they see.</summary>
public sealed class ExchangeKey : IDisposable
{
    // Several sessions use the key at once, and the platform doesn't promise that one key takes that.
    private readonly Lock signing = new();
    private readonly ECDsa? key;
    private readonly RecognitionOptions options;
    private readonly string ledgerId;
    private readonly PartyKey? publicKey;

    private ExchangeKey(ECDsa? key, RecognitionOptions options, string ledgerId)
    {
        this.key = key;
        publicKey = key is null ? null : AgreementSignatures.PublicKey(key);
        this.options = options;
        this.ledgerId = ledgerId;
    }

    /// <summary>Opens the configured key; in Development makes one at the first start.</summary>
    /// <exception cref="ConfigurationException">The file is no private key of curve P-256.</exception>
    public static ExchangeKey Open(RecognitionOptions options, string dataFolder, bool isDevelopment, ILedger ledger)
    {
        if (!options.IsUsed)
        {
            return new ExchangeKey(null, options, ledger.LedgerId);
        }

        var path = options.SigningKey;
        if (path.Length == 0 && isDevelopment)
        {
            path = Path.Combine(dataFolder, "auth", "exchange-key.pem");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (!File.Exists(path))
            {
                SigningKeys.Make(path);
            }
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            if (key.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value)
            {
                // Signs, or it was only a public key.
                key.SignHash(new byte[32]);
                return new ExchangeKey(key, options, ledger.LedgerId);
            }
        }
        catch (Exception error) when (error is IOException or ArgumentException or CryptographicException or UnauthorizedAccessException)
        {
            // Told below, without what the file holds.
        }

        key.Dispose();
        throw new ConfigurationException([$"Recognition:SigningKey '{path}' is no private key of curve P-256 in PEM."]);
    }

    /// <summary>This side's region.</summary>
    /// <exception cref="RuleViolation">NO_EXCHANGE_KEY.</exception>
    public string Region => options.IsUsed ? options.Region : throw Missing();

    /// <summary>Whether the hub can be a party.</summary>
    public bool IsUsed => key is not null;

    /// <summary>This hub as a party.</summary>
    /// <exception cref="RuleViolation">NO_EXCHANGE_KEY.</exception>
    public AgreementParty Party() => new()
    {
        Region = Region,
        Name = new LocalizedText
        {
            Zh = options.NameZh.Length > 0 ? options.NameZh : NameOf(options.Region),
            En = options.NameEn.Length > 0 ? options.NameEn : $"Region {options.Region}",
        },
        HubId = options.HubId,
        LedgerId = LedgerIds.WithoutEpoch(ledgerId),
        Keys = { publicKey ?? throw Missing() },
    };

    /// <summary>Names the key.</summary>
    /// <exception cref="RuleViolation">NO_EXCHANGE_KEY.</exception>
    public string KeyId => (publicKey ?? throw Missing()).KeyId;

    /// <summary>This side's signature over terms.</summary>
    /// <exception cref="RuleViolation">NO_EXCHANGE_KEY.</exception>
    public AgreementSignature Sign(ByteString terms)
    {
        lock (signing)
        {
            return AgreementSignatures.Sign(terms, Region, key ?? throw Missing());
        }
    }

    /// <summary>A signature of suite ES256 over any bytes; the caller puts a domain of its own before them.</summary>
    /// <exception cref="RuleViolation">NO_EXCHANGE_KEY.</exception>
    public byte[] SignBytes(ReadOnlySpan<byte> bytes)
    {
        lock (signing)
        {
            return (key ?? throw Missing()).SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }

    /// <summary>A token key that a partner sealed to this hub.</summary>
    /// <exception cref="RuleViolation">NO_EXCHANGE_KEY or EXCHANGE_TOKEN_KEY.</exception>
    public byte[] OpenTokenKey(SealedTokenKey given, string from)
    {
        ECParameters own;
        lock (signing)
        {
            own = (key ?? throw Missing()).ExportParameters(true);
        }

        try
        {
            return TokenKeySeal.Open(given, from, Region, own);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(own.D);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => key?.Dispose();

    private static string NameOf(string region) => Regions.Name(region) is { Length: > 0 } name ? name : region;

    private static RuleViolation Missing() => new(ErrorReason.NoExchangeKey, "", ("what", "Recognition:Region"));
}
