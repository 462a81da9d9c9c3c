namespace CreditExchange.Client;

/// <summary>A token kept in a file, read again when the file changes.</summary>
public static class TokenFile
{
    /// <summary>A source for <see cref="CreditExchangeOptions.Token"/>.</summary>
    /// <param name="path">File that holds the compact JWT and nothing else but white space.</param>
    /// <returns>A source that fails with the file's own <see cref="IOException"/> when it can't be read.</returns>
    public static Func<ValueTask<string>> Source(string path)
    {
        var file = new Reader(path);
        return () => ValueTask.FromResult(file.Read());
    }

    private sealed class Reader(string path)
    {
        private readonly Lock _gate = new();
        private (DateTime Written, long Length) _seen;
        private string? _token;

        public string Read()
        {
            var info = new FileInfo(path);
            var now = (info.LastWriteTimeUtc, info.Exists ? info.Length : -1);
            lock (_gate)
            {
                if (_token is null || _seen != now)
                {
                    _token = File.ReadAllText(path).Trim();
                    _seen = now;
                }

                return _token;
            }
        }
    }
}
