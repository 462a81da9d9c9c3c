using System.Globalization;
using System.Text.Json.Nodes;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Hub.Access;

/// <summary>
/// auth/jwks.json, where the hub issues tokens itself: the current key first, then those whose tokens still live, each with
/// the times "since" and "until" (Unix seconds), which readers of key sets pass over.
/// </summary>
internal sealed class OwnKeySet(string file, TimeSpan longest, TimeProvider time)
{
    private List<JsonObject> keys = [];

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>At a start: what the file told of former keys, and the key that signs now.</summary>
    public void Open(TokenIssuer current)
    {
        keys = Read();
        MakeCurrent(current);
    }

    /// <summary>Adds the next key behind the current one, so that it is known before it signs.</summary>
    public void Publish(TokenIssuer next, TokenIssuer current)
    {
        keys.RemoveAll(key => IdOf(key) == next.Id);
        keys.Add(New(next));
        keys = [.. keys.Where(key => IdOf(key) == current.Id), .. keys.Where(key => IdOf(key) != current.Id)];
        Write();
    }

    /// <summary>Puts a key first; all others end when the longest token of now has.</summary>
    public void MakeCurrent(TokenIssuer current)
    {
        var own = keys.Find(key => IdOf(key) == current.Id) ?? New(current);
        own.Remove("until");
        foreach (var other in keys.Where(key => IdOf(key) != current.Id && key["until"] is null))
        {
            other["until"] = Now + (long)longest.TotalSeconds;
        }

        keys = [own, .. keys.Where(key => IdOf(key) != current.Id)];
        Write();
    }

    public IReadOnlyList<KeyRecord> EndRetired()
    {
        var now = Now;
        var ended = keys.Where(key => key["until"]?.GetValue<long>() <= now).ToList();
        if (ended.Count > 0)
        {
            keys = [.. keys.Except(ended)];
            Write();
        }

        return [.. ended.Select(key => Record(key, KeyState.Retired))];
    }

    public IReadOnlyList<KeyRecord> Status() =>
        [.. keys.AsEnumerable().Reverse().Select(key => Record(key, key["until"] is null ? KeyState.Current : KeyState.Retiring))];

    private JsonObject New(TokenIssuer issuer)
    {
        var key = issuer.PublicKey();
        key["since"] = Now;
        return key;
    }

    private static string IdOf(JsonObject key) => key["kid"]!.GetValue<string>();

    private static KeyRecord Record(JsonObject key, KeyState state) => new(
        KeyPurpose.TokenSigning, IdOf(key), state, DateTimeOffset.FromUnixTimeSeconds(key["since"]?.GetValue<long>() ?? 0),
        key["until"] is { } until ? DateTimeOffset.FromUnixTimeSeconds(until.GetValue<long>()) : null, 0);

    private List<JsonObject> Read()
    {
        try
        {
            var text = File.Exists(file) ? File.ReadAllText(file) : """{"keys":[]}""";
            // A set of before keys had times has none; such a key counts as made now.
            return [.. JsonNode.Parse(text)!["keys"]!.AsArray().Select(key => key!.DeepClone().AsObject()).Select(Dated)];
        }
        catch (Exception error) when (error is System.Text.Json.JsonException or NullReferenceException or InvalidOperationException)
        {
            throw new LedgerRefusedException($"{file} is not a key set. Put it back, or remove it: tokens of former keys are then refused.", error);
        }
    }

    private JsonObject Dated(JsonObject key)
    {
        key["since"] ??= Now;
        return key;
    }

    private void Write() => PrivateFile.Write(
        file, string.Create(CultureInfo.InvariantCulture, $"{new JsonObject { ["keys"] = new JsonArray([.. keys.Select(k => k.DeepClone())]) }.ToJsonString()}\n"));
}
